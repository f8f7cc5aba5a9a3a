import { TECHNIQUES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Measurement, Metric } from '../../../web/results/schema.ts';
import { expectNone, type Scenario, type Subject } from '../scenario.ts';
import { HOLD_MS, type Settings, WARM_UP_MS } from '../settings.ts';
import {
  costMetric,
  cpuBetween,
  finiteOnly,
  folkClaims,
  healthBetween,
  laneOf,
  TOPIC,
  trafficBetween,
  warmUp,
} from './common.ts';
import { grow, SETTLE_MS, slopeKb } from './growth.ts';

const DEFAULT_SUBSCRIBERS = 500;
const DEFAULT_INTERVAL_MS = 1000;
/** Memory is read at so many sizes of the audience, evenly spaced, the empty one included. */
const STEPS = 3;
const WINDOW_MS = 1000;

const METRICS: readonly Metric[] = [
  costMetric(
    'requests',
    'Requests per second and 1,000 silent subscribers',
    '1/s',
    true,
    'HTTP requests at the server in the window, though nothing was published.',
  ),
  costMetric(
    'bytes',
    'Bytes per second and silent subscriber',
    'B/s',
    true,
    'All that passed the sockets in both directions, though nothing was published.',
  ),
  costMetric(
    'cpu',
    'Server CPU for 1,000 silent subscribers',
    'ms/s',
    true,
    'User and system time of the server process in the window, scaled to 1,000 subscribers.',
  ),
  costMetric(
    'rss',
    'Memory per silent subscriber: resident',
    'KB',
    true,
    `Slope of the server’s resident memory over ${STEPS} sizes of the audience (least squares). Memory that was free before is used first, and nothing is collected by force: single trials scatter.`,
  ),
  costMetric(
    'heap',
    'Memory per silent subscriber: JavaScript heap',
    'KB',
    false,
    'Slope of the used heap over the same sizes, garbage included.',
  ),
];

/** What subscribers cost to whom nobody says anything. */
export const silence: Scenario = {
  name: 'silence',
  async plan(settings) {
    const subscribers = settings.clients?.at(-1) ?? DEFAULT_SUBSCRIBERS;
    const intervalMs = settings.intervalsMs?.[0] ?? DEFAULT_INTERVAL_MS;
    const transports = settings.transports ?? TECHNIQUES;
    return {
      design: {
        title: 'Silence',
        question: 'What do subscribers cost while there is nothing to say?',
        method: [
          `Nothing is published. ${subscribers} subscribers connect in ${STEPS - 1} steps; memory is read after each, the rest in a window of ${WINDOW_MS / 1000} s at the end.`,
          'Heartbeats are those of a server as it ships, one every 15 s of silence, and so mostly outside the window.',
        ],
        lanes: transports.map(laneOf),
        cells: [
          {
            id: cellId(subscribers, intervalMs),
            title: `${subscribers} silent subscribers, poll every ${intervalMs} ms`,
            conditions: { subscribers, intervalMs, ratePerSecond: 0 },
          },
        ],
        metrics: METRICS,
        claims: folkClaims(transports),
        contrasts: [],
      },
      subjects: transports.map((transport) => subjectOf(transport, subscribers, intervalMs, settings)),
    };
  },
};

function cellId(subscribers: number, intervalMs: number): string {
  return `silent${subscribers}-interval${intervalMs}`;
}

function subjectOf(
  transport: TransportName,
  subscribers: number,
  intervalMs: number,
  { short }: Settings,
): Subject {
  const windowMs = short ? WINDOW_MS / 2 : WINDOW_MS;
  return {
    id: transport,
    title: TRANSPORTS[transport].title,
    estimateMs: 1500 + WARM_UP_MS + STEPS * SETTLE_MS + subscribers + windowMs,
    serverFlags: ['--rate', '0'],
    async run(context) {
      const { driver, seed } = context;
      await warmUp(context, transport, { subscribers: 100, ratePerSecond: 0 });
      const id = 'silent';
      await driver.call('gather', {
        id,
        baseUrl: await context.addressOf(transport),
        topic: TOPIC,
        transport,
        intervalMs,
        holdMs: HOLD_MS,
        seed: seed / 2 ** 32,
      });
      const sizes = await grow(context, id, TRANSPORTS[transport].title, subscribers, STEPS);
      const record = await driver.call('measure', { id, windowMs });
      expectNone(record.violations);
      const { before, after, host } = record;
      const traffic = trafficBetween(before, after, transport);
      const perSecond = (amount: number) => (amount * 1000) / host.durationMs;
      const measurement: Measurement = {
        lane: transport,
        cells: [cellId(subscribers, intervalMs)],
        values: finiteOnly({
          requests: perSecond(traffic.requests) / (subscribers / 1000),
          bytes: perSecond(traffic.bytesIn + traffic.bytesOut) / subscribers,
          cpu: perSecond(cpuBetween(before, after) / 1000) / (subscribers / 1000),
          rss: slopeKb(sizes, (stats) => stats.process.rssBytes),
          heap: slopeKb(sizes, (stats) => stats.process.heapUsedBytes),
        }),
        model: { requests: TRANSPORTS[transport].paced === 'interval' ? (1000 * 1000) / intervalMs : 0 },
        health: healthBetween(before, after, host),
      };
      return [measurement];
    },
  };
}
