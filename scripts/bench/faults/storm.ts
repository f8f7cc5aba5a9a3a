import { type Stats, TRANSPORTS, type TransportName, transportsOf } from '../../../server/wire.ts';
import type { Health, Measurement, Metric } from '../../../web/results/schema.ts';
import { type Lab, startLab } from '../../testing/lab.ts';
import { createRedis, whyNoRedis } from '../../testing/redis.ts';
import { delay, type RecoveryRecord } from '../driver/audience.ts';
import { type Control, openControl } from '../driver/control.ts';
import type { LineMethods } from '../driver/line.ts';
import { monotonicMs } from '../driver/monotonic.ts';
import type { Remote } from '../driver/rpc.ts';
import { CORES, openFilesLimit, pin } from '../machine.ts';
import { expectNone, type TrialContext, TrialFailure } from '../scenario.ts';
import {
  costMetric,
  cpuBetween,
  finiteOnly,
  healthBetween,
  laneOf,
  meanLagMs,
  TOPIC,
} from '../scenarios/common.ts';
import { HOLD_MS } from '../settings.ts';
import { onStage } from '../stage.ts';
import type { FaultScenario, FaultSubject } from './subject.ts';

const SUBSCRIBERS = 5000;
const SUBSCRIBERS_SHORT = 500;
/** That connect at once before anything befalls them: both numbers are multiples of it. */
const GROW_BY = 250;
/** Who polls and may have something to say at the same time has two. */
const CONNECTIONS = 2 * SUBSCRIBERS;
/** Processes that lines go through: each has two sockets for a connection. */
const LINES = 2;
/** The rest is what a process has open by itself. */
const OPEN_FILES = CONNECTIONS + 100;
const INTERVAL_MS = 5000;
/** Messages published while they are away. */
const MISSED = 10;
/** Whose publisher is watched while they come back. Nobody subscribes to it. */
const ASIDE = { topic: 'aside', ratePerSecond: 100 } as const;
/** How often the server is looked at while they come back: ms. */
const SAMPLE_MS = 100;
/** A label that no traffic has: only what the process says of itself is wanted. */
const WATCH = 'watch';
/** The longest that anybody may take to come back. */
const WITHIN_MS = 60_000;

const METRICS: readonly Metric[] = [
  costMetric(
    'last',
    'Until everybody was back',
    'ms',
    true,
    'From when the first could have come back to when the last had all that was published meanwhile.',
  ),
  costMetric('p50', 'Until half of them were back', 'ms', true, 'As until everybody was back.'),
  costMetric(
    'peak',
    'Peak resident memory of the server',
    'MB',
    true,
    'The highest of what was read ten times a second, or as often as the server answered.',
  ),
  costMetric(
    'above',
    'Of that, above what it was before',
    'MB',
    false,
    'Where it is the same process still.',
  ),
  costMetric(
    'lag',
    'Publisher lag, mean',
    'ms',
    true,
    `How late ${ASIDE.ratePerSecond} messages a second of another topic, of which nobody hears, were published meanwhile.`,
  ),
  costMetric('lagMax', 'Publisher lag, longest', 'ms', false, 'As the mean.'),
  costMetric(
    'cpu',
    'Server CPU per subscriber',
    'µs',
    true,
    'User and system time from the fault until everybody was back. Not where the process was another one then.',
  ),
  costMetric('attempts', 'Connections tried by each', '', false, 'From the fault until everybody was back.'),
  costMetric(
    'busiest',
    'Connections in the busiest moment',
    '1/s',
    false,
    'Accepted by the server between two looks at it, a tenth of a second apart or, where it was busy, more; scaled to a second.',
  ),
];

interface Fault {
  readonly title: string;
  /** For how long the line is cut. The server is told to leave, and started again, where it is none. */
  readonly cutMs?: number;
}

const FAULTS = {
  blink: { title: 'cut for half a second', cutMs: 500 },
  outage: { title: 'cut for 2 s', cutMs: 2000 },
  leave: { title: 'the server leaves and is started again' },
} as const satisfies Record<string, Fault>;

/** What it is like when all of them are lost at once, and all want to come back. */
export const storm: FaultScenario = {
  name: 'storm',
  absent() {
    const limit = openFilesLimit();
    return limit !== undefined && limit < OPEN_FILES
      ? `a process may have ${limit} files open, and ${SUBSCRIBERS} subscribers want ${OPEN_FILES} (ulimit -n).`
      : whyNoRedis();
  },
  async plan({ payloadBytes, short }) {
    const subscribers = short ? SUBSCRIBERS_SHORT : SUBSCRIBERS;
    const transports = transportsOf('node');
    return {
      design: {
        title: 'Storms',
        question:
          'How long does it take, and what does it cost, when everybody is lost at once and comes back?',
        method: [
          `${subscribers.toLocaleString('en')} subscribers are connected through a line. It is cut, and all their connections are reset; or the server is told to leave, says when to come back (Retry-After, or a bye), and is started again with its log in Redis. Whoever is told nothing stays away for a random time that doubles with each attempt (full jitter). What was published meanwhile, ${MISSED} messages, is caught up from the log: another server of the same feed takes it in.`,
          `Pollers ask every ${INTERVAL_MS / 1000} s: who was between two polls when the line was cut notices with the next. Load and lines share a core, which so many at once keep busy to the full: the times are as much the clients’ as the server’s, and longer than where each client has a machine of its own. What the server took of them is its CPU.`,
        ],
        lanes: transports.map(laneOf),
        cells: Object.entries<Fault>(FAULTS).map(([id, { title, cutMs }]) => ({
          id,
          title,
          conditions: { subscribers, ...(cutMs === undefined ? { signal: 'SIGTERM' } : { cutMs }) },
        })),
        metrics: METRICS,
        claims: [],
        contrasts: [],
      },
      subjects: transports.map((transport) => subjectOf(transport, subscribers, payloadBytes)),
    };
  },
};

function subjectOf(transport: TransportName, subscribers: number, payloadBytes: number): FaultSubject {
  const { title } = TRANSPORTS[transport];
  return {
    id: transport,
    title,
    estimateMs: 18_000 + 3 * subscribers,
    async measure(options) {
      await using redis = await createRedis();
      await pin(redis.pid, CORES.server);
      const bus = ['--bus', redis.url];
      await using beside = await startLab(bus);
      await pin(beside.pid, CORES.server);
      const flags = [...bus, '--max-connections', String(OPEN_FILES)];
      return await onStage(flags, options, async (context) => {
        const { driver, step } = context;
        const target = await context.addressOf(transport);
        const lines = await Promise.all(Array.from({ length: LINES }, () => context.openLine()));
        const baseUrl = await Promise.all(lines.map((line) => line.call('open', { target })));
        step(`${title}: ${subscribers} subscribers come`);
        const id = 'storm';
        const seed = context.seed / 2 ** 32;
        const pace = { intervalMs: INTERVAL_MS, holdMs: HOLD_MS };
        await driver.call('gather', { id, baseUrl, topic: TOPIC, transport, ...pace, seed });
        for (let count = GROW_BY; count <= subscribers; count += GROW_BY)
          await driver.call('growTo', { id, count });
        const measurements: Measurement[] = [];
        for (const [cell, fault] of Object.entries<Fault>(FAULTS)) {
          step(`${title}: ${fault.title}`);
          const storm = await befall(context, { id, lines, beside }, fault, payloadBytes);
          expectNone(storm.record.violations);
          const values = valuesOf(storm, subscribers);
          const { histogram } = storm.record;
          measurements.push({ lane: transport, cells: [cell], values, histogram, health: healthOf(storm) });
        }
        return measurements;
      });
    },
  };
}

/** Who is lost, what they come through, and another server of the same feed, of which they do not know. */
interface Place {
  readonly id: string;
  readonly lines: readonly Remote<LineMethods>[];
  readonly beside: Lab;
}

/** What a storm was like. */
interface Storm {
  readonly before: Stats;
  /** When the publisher aside had begun. */
  readonly started: Stats;
  /** From before the fault to when all were back, of the process that was there in the end. */
  readonly samples: readonly Stats[];
  /** Connections tried meanwhile, by all together. */
  readonly attempts: number;
  readonly record: RecoveryRecord;
}

/** Has everybody lost, misses them something, and watches the server until all are back. */
async function befall(
  { lab, driver, seed }: TrialContext,
  place: Place,
  { cutMs }: Fault,
  payloadBytes: number,
): Promise<Storm> {
  // From here, not from the load: that is busy with those who come back.
  const control = await openControl(lab.url);
  const publishing = await openControl(place.beside.url);
  const ending = new AbortController();
  const { id, lines } = place;
  try {
    const before = await control.stats(WATCH);
    const attempts = await driver.call('attempts', id);
    const watching = watch(control, ending.signal);
    const miss = (): Promise<void> => publishing.publish(TOPIC, MISSED, payloadBytes);
    const sinceMs = await (cutMs === undefined ? restart(lab, miss) : cutAll(lines, cutMs, miss));
    await control.setWorkload({ ...ASIDE, seed });
    const started = await control.stats(WATCH);
    const { seq } = await publishing.newest(TOPIC);
    const record = await driver.call('recover', { id, seq, sinceMs, withinMs: WITHIN_MS });
    ending.abort();
    const samples = (await watching).filter(({ process: { pid } }) => pid === started.process.pid);
    await control.setWorkload({ ratePerSecond: 0 });
    return { before, started, samples, record, attempts: (await driver.call('attempts', id)) - attempts };
  } finally {
    ending.abort();
    await Promise.all([control.close(), publishing.close()]);
  }
}

/** Looks at a server again and again until `signal` aborts, and once more. One that is not there is not looked at. */
async function watch(control: Control, signal: AbortSignal): Promise<readonly Stats[]> {
  const samples: Stats[] = [];
  const look = async (): Promise<void> => {
    const stats = await control.stats(WATCH).catch(() => undefined);
    if (stats) samples.push(stats);
  };
  while (!signal.aborted) {
    await look();
    await delay(SAMPLE_MS);
  }
  await look();
  return samples;
}

/**
 * Has `miss` done while nothing passes. Resolves with when they can come back, by the machine's monotonic clock: ms.
 * Throws a TrialFailure where `miss` took longer.
 */
async function cutAll(
  lines: readonly Remote<LineMethods>[],
  forMs: number,
  miss: () => Promise<void>,
): Promise<number> {
  const sinceMs = Math.min(...(await Promise.all(lines.map((line) => line.call('cut', forMs)))));
  await miss();
  if (monotonicMs() > sinceMs) throw new TrialFailure('what they were to miss was published too late');
  return sinceMs;
}

/** As `cutAll`. */
async function restart(lab: Lab, miss: () => Promise<void>): Promise<number> {
  const gone = lab.exited;
  const restarting = lab.restart('SIGTERM');
  await Promise.all([gone.then(miss), restarting]);
  const sinceMs = monotonicMs();
  await pin(lab.pid, CORES.server);
  return sinceMs;
}

function valuesOf(
  { before, started, samples, attempts, record }: Storm,
  subscribers: number,
): Record<string, number> {
  const { quantilesMs } = record;
  const last = samples.at(-1) ?? started;
  const same = last.process.pid === before.process.pid;
  const peak = Math.max(...samples.map((stats) => stats.process.rssBytes));
  return finiteOnly({
    last: quantilesMs.max,
    p50: quantilesMs.p50,
    peak: peak / 1e6,
    above: same ? (peak - before.process.rssBytes) / 1e6 : undefined,
    lag: meanLagMs(started, last),
    lagMax: last.workload.lagMaxMs,
    cpu: same ? cpuBetween(before, last) / subscribers : undefined,
    attempts: attempts / subscribers,
    busiest: Math.max(...samples.slice(1).map((stats, i) => acceptedPerSecond(samples[i] ?? stats, stats))),
  });
}

function acceptedPerSecond(from: Stats, to: Stats): number {
  return (to.connectionsTotal - from.connectionsTotal) / ((to.at - from.at) / 1000);
}

/** Of the server as it was while they came back. */
function healthOf({ started, samples, record }: Storm): Health {
  return healthBetween(started, samples.at(-1) ?? started, record.host);
}
