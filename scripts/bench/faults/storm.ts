import { TRANSPORTS, type TransportName, transportsOf } from '../../../server/wire.ts';
import type { Measurement, Metric } from '../../../web/results/schema.ts';
import { startLab } from '../../testing/lab.ts';
import { createRedis, whyNoRedis } from '../../testing/redis.ts';
import { CORES, openFilesLimit, pin } from '../machine.ts';
import { expectNone } from '../scenario.ts';
import { costMetric, laneOf } from '../scenarios/common.ts';
import { HOLD_MS } from '../settings.ts';
import { onStage } from '../stage.ts';
import {
  ASIDE_PER_SECOND,
  befall,
  CALM_MS,
  calmCpu,
  type Fault,
  healthOf,
  MISSED,
  valuesOf,
} from './storm-trial.ts';
import type { FaultScenario, FaultSubject } from './subject.ts';

const SUBSCRIBERS = 5000;
const SUBSCRIBERS_SHORT = 500;
/** Their topic, and what they are called together. */
const STORM = 'storm';
/** That connect at once before anything befalls them: both numbers are multiples of it. */
const GROW_BY = 250;
/** Who polls and may have something to say at the same time has two. */
const CONNECTIONS = 2 * SUBSCRIBERS;
/** Processes that lines go through: each has two sockets for a connection. */
const LINES = 2;
/** The rest is what a process has open by itself. */
const OPEN_FILES = CONNECTIONS + 100;
const INTERVAL_MS = 5000;

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
    'away',
    'Until anybody could come back',
    'ms',
    false,
    'From when all were cut off, or the server had ended, to when the line was mended, or the server listened again. A line is mended when they have missed something: with so many at once that takes a while.',
  ),
  costMetric(
    'peak',
    'Peak resident memory of the server',
    'MB',
    true,
    'The highest of what was read ten times a second, or as often as the server answered. The cells follow one another as they stand; what a process has taken it mostly keeps.',
  ),
  costMetric(
    'above',
    'Of that, above what it was before',
    'MB',
    false,
    'Where it is the same process still.',
  ),
  costMetric(
    'lagMax',
    'Publisher lag, longest',
    'ms',
    true,
    `How late ${ASIDE_PER_SECOND} messages a second of another topic, of which nobody hears, were published from the fault until everybody was back.`,
  ),
  costMetric(
    'lag',
    'Publisher lag, mean',
    'ms',
    false,
    'Of the same messages: the longer the last ones stay away, the more of them fall into quiet.',
  ),
  costMetric(
    'cpu',
    'Server CPU per subscriber',
    'µs',
    true,
    `User and system time from the fault until everybody was back, above what the server takes in as long a time when nothing befalls them, by the mean of ${CALM_MS / 1000} s before the first fault: below nothing where less was asked of it than usual. Not where the process was another one then.`,
  ),
  costMetric('attempts', 'Connections tried by each', '', false, 'From the fault until everybody was back.'),
  costMetric(
    'busiest',
    'Connections in the busiest moment',
    '1/s',
    false,
    'Accepted by the server between two looks at it, a tenth of a second apart or, where it was busy, more; scaled to a second. Of the same process only.',
  ),
];

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
  async plan({ payloadBytes, short, transports = transportsOf('node') }) {
    const subscribers = short ? SUBSCRIBERS_SHORT : SUBSCRIBERS;
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
    saturates: true,
    estimateMs: 18_000 + CALM_MS + 3 * subscribers,
    async measure(options) {
      await using redis = await createRedis();
      await pin(redis.pid, CORES.server);
      const bus = ['--bus', redis.url];
      await using beside = await startLab(bus);
      await pin(beside.pid, CORES.server);
      const aside = ['--rate', String(ASIDE_PER_SECOND)];
      const flags = [...bus, ...aside, '--max-connections', String(OPEN_FILES)];
      return await onStage(flags, options, async (context) => {
        const { driver, step } = context;
        const target = await context.addressOf(transport);
        const lines = await Promise.all(Array.from({ length: LINES }, () => context.openLine()));
        const baseUrl = await Promise.all(lines.map((line) => line.call('open', { target })));
        step(`${title}: ${subscribers} subscribers come`);
        const seed = context.seed / 2 ** 32;
        const pace = { intervalMs: INTERVAL_MS, holdMs: HOLD_MS };
        await driver.call('gather', { id: STORM, baseUrl, topic: STORM, transport, ...pace, seed });
        for (let count = GROW_BY; count <= subscribers; count += GROW_BY)
          await driver.call('growTo', { id: STORM, count });
        step(`${title}: nothing befalls them`);
        const calm = await calmCpu(context);
        const measurements: Measurement[] = [];
        for (const [cell, fault] of Object.entries<Fault>(FAULTS)) {
          step(`${title}: ${fault.title}`);
          const storm = await befall(context, { id: STORM, lines, beside }, fault, payloadBytes);
          expectNone(storm.record.violations);
          const values = valuesOf(storm, calm, subscribers);
          const { histogram } = storm.record;
          measurements.push({ lane: transport, cells: [cell], values, histogram, health: healthOf(storm) });
        }
        return measurements;
      });
    },
  };
}
