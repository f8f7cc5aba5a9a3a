import { type Stats, TRANSPORTS, type TransportName, transportsOf } from '../../../server/wire.ts';
import type { Health, Measurement, Metric } from '../../../web/results/schema.ts';
import { createRedis, whyNoRedis } from '../../testing/redis.ts';
import type { Look, RecoveryRecord } from '../driver/audience.ts';
import type { LineMethods } from '../driver/line.ts';
import { monotonicMs } from '../driver/monotonic.ts';
import type { Remote } from '../driver/rpc.ts';
import { CORES, openFilesLimit, pin } from '../machine.ts';
import { expectNone, type TrialContext } from '../scenario.ts';
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
/** A line has two sockets for each of them; the rest is what a process has open by itself. */
const OPEN_FILES = 2 * SUBSCRIBERS + 100;
const INTERVAL_MS = 5000;
/** What is missed: about ten messages. */
const MISSED = { ratePerSecond: 100, forMs: 100 } as const;
/** Whose publisher is watched while they come back. Nobody subscribes to it. */
const ASIDE = { topic: 'aside', ratePerSecond: 100 } as const;
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
    'The highest of what was read ten times a second.',
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
    'Connections in the busiest tenth of a second',
    '1/s',
    false,
    'Accepted by the server, scaled to a second.',
  ),
];

interface Fault {
  readonly title: string;
  /** For how long the line is cut. The server is told to leave, and started again, where it is none. */
  readonly cutMs?: number;
}

const FAULTS = {
  blink: { title: 'cut, and back at once', cutMs: 250 },
  outage: { title: 'cut for 2 s', cutMs: 2000 },
  leave: { title: 'the server leaves and is started again' },
} as const satisfies Record<string, Fault>;

/** What it is like when all of them are lost at once, and all want to come back. */
export const storm: FaultScenario = {
  name: 'storm',
  absent() {
    const limit = openFilesLimit();
    return limit !== undefined && limit < OPEN_FILES
      ? `a process may have ${limit} files open, and a line for ${SUBSCRIBERS} subscribers wants ${OPEN_FILES} (ulimit -n).`
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
          `${subscribers.toLocaleString('en')} subscribers are connected through a line. It is cut, and all connections are reset; or the server is told to leave, says when to come back (Retry-After, or a bye), and is started again with its log in Redis. Whoever is told nothing stays away for a random time that doubles with each attempt (full jitter). What was published meanwhile is caught up from the log.`,
          `Pollers ask every ${INTERVAL_MS / 1000} s: who was between two polls when the line was cut notices with the next. Load and line share a core, and are as busy as the server.`,
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
      const flags = ['--bus', redis.url, '--payload', String(payloadBytes)];
      return await onStage(flags, options, async (context) => {
        const { driver, step } = context;
        const line = await context.openLine();
        const baseUrl = await line.call('open', { target: await context.addressOf(transport) });
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
          const before = await driver.call('look', id);
          const sinceMs = await befall(context, line, fault);
          await publishMissed(context);
          const record = await driver.call('recover', { id, sinceMs, withinMs: WITHIN_MS });
          expectNone(record.violations);
          const values = valuesOf(before, record, subscribers);
          const health = healthOf(before, record);
          measurements.push({ lane: transport, cells: [cell], values, histogram: record.histogram, health });
        }
        return measurements;
      });
    },
  };
}

/** Everybody is lost. Resolves with when they can come back, by the machine's monotonic clock: ms. */
async function befall({ lab }: TrialContext, line: Remote<LineMethods>, { cutMs }: Fault): Promise<number> {
  if (cutMs !== undefined) return line.call('cut', cutMs);
  await lab.restart('SIGTERM');
  await pin(lab.pid, CORES.server);
  return monotonicMs();
}

/** Something for those who are away, and from then on something that is none of their business. */
async function publishMissed({ driver, seed }: TrialContext): Promise<void> {
  await driver.call('setWorkload', { topic: TOPIC, ratePerSecond: MISSED.ratePerSecond, seed });
  await driver.call('pause', MISSED.forMs);
  await driver.call('setWorkload', { ...ASIDE, seed });
}

function valuesOf(
  before: Look,
  { samples, attempts, quantilesMs }: RecoveryRecord,
  subscribers: number,
): Record<string, number> {
  const last = samples.at(-1) ?? before.stats;
  const same = last.process.pid === before.stats.process.pid;
  const peak = Math.max(...samples.map((stats) => stats.process.rssBytes));
  return finiteOnly({
    last: quantilesMs.max,
    p50: quantilesMs.p50,
    peak: peak / 1e6,
    above: same ? (peak - before.stats.process.rssBytes) / 1e6 : undefined,
    lag: meanLagMs(same ? before.stats : undefined, last),
    lagMax: last.workload.lagMaxMs,
    cpu: same ? cpuBetween(before.stats, last) / subscribers : undefined,
    attempts: (attempts - before.attempts) / subscribers,
    busiest: Math.max(...samples.slice(1).map((stats, i) => acceptedPerSecond(samples[i] ?? stats, stats))),
  });
}

function acceptedPerSecond(from: Stats, to: Stats): number {
  return (to.connectionsTotal - from.connectionsTotal) / ((to.at - from.at) / 1000);
}

/** Of the server as it was while they came back. */
function healthOf({ stats }: Look, { samples: [first = stats, ...others], host }: RecoveryRecord): Health {
  return healthBetween(first, others.at(-1) ?? first, host);
}
