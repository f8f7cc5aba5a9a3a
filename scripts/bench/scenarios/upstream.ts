import { TRANSPORT_NAMES, TRANSPORTS, type TrafficName, type TransportName } from '../../../server/wire.ts';
import type { Lane, Measurement, Metric } from '../../../web/results/schema.ts';
import type { PublishRecord } from '../driver/publishers.ts';
import { blockOrder } from '../order.ts';
import { expectNone, type Scenario, type Subject, TrialFailure } from '../scenario.ts';
import { type Settings, WARM_UP_MS } from '../settings.ts';
import {
  costMetric,
  cpuBetween,
  finiteOnly,
  healthBetween,
  laneOf,
  postLane,
  TOPIC,
  trafficBetween,
} from './common.ts';

const PUBLISHERS = 10;
const DEFAULT_RATES: readonly number[] = [20, 500];
/** What a way is warmed up with; the first of a server process for longer, the others for this: ms. */
const WARM_UP_MESSAGES = 1000;
const WAY_WARM_UP_MS = 1000;
const RAMP_MS = 300;
const WINDOW_MS = 800;

const METRICS: readonly Metric[] = [
  costMetric(
    'p50',
    'Time to acknowledgement, median',
    'ms',
    true,
    'From when a message was due to be sent to when the publisher had the server’s acknowledgement.',
  ),
  costMetric(
    'p99',
    'Time to acknowledgement, 99th percentile',
    'ms',
    true,
    'As the median; one in a hundred took longer.',
  ),
  costMetric(
    'bytes',
    'Bytes per message at the socket',
    'B',
    true,
    'All that passed the sockets in both directions over messages acknowledged.',
  ),
  costMetric(
    'headerBytes',
    'Bytes per message: HTTP heads',
    'B',
    false,
    'Heads of requests and responses in the window.',
  ),
  costMetric(
    'cpu',
    'Server CPU per message',
    'µs',
    true,
    'User and system time of the server process over messages acknowledged.',
  ),
];

/** A way up: a transport with one of its own, or POST for all the others. */
type Way = 'post' | TransportName;

/** From the client to the server. */
export const upstream: Scenario = {
  name: 'upstream',
  async plan(settings) {
    const transports = settings.transports ?? TRANSPORT_NAMES;
    const ways: Way[] = ['post', ...transports.filter((name) => TRANSPORTS[name].up !== undefined)];
    const rates = settings.ratesPerSecond ?? DEFAULT_RATES;
    return {
      design: {
        title: 'Upstream',
        question: 'What does it cost to publish: over a line that is open anyway, or by POST?',
        method: [
          `${PUBLISHERS} publishers send ${settings.payloadBytes} B of data on one Poisson schedule, each with a connection of its own that is kept, and wait for no acknowledgement before they send the next.`,
          `Each way is warmed up with ${WARM_UP_MESSAGES.toLocaleString('en')} messages, the first of a server process over ${WARM_UP_MS / 1000} s and the others, which find much of it compiled, over ${WAY_WARM_UP_MS / 1000} s. POST is the way up of every transport that has none of its own.`,
        ],
        lanes: ways.map(laneOfWay),
        cells: rates.map((rate) => ({
          id: cellId(rate),
          title: `${rate} messages/s from ${PUBLISHERS}`,
          conditions: { ratePerSecond: rate, publishers: PUBLISHERS },
        })),
        metrics: METRICS,
        claims: ways.slice(1).map((way) => ({ better: way, worse: 'post', source: 'lab' as const })),
        contrasts: [],
      },
      subjects: [subjectOf(ways, rates, settings)],
    };
  },
};

function laneOfWay(way: Way): Lane {
  return way === 'post' ? postLane(way) : laneOf(way);
}

function cellId(ratePerSecond: number): string {
  return `up${ratePerSecond}`;
}

/** One server process for all ways, which take turns in another order in each block. */
function subjectOf(
  ways: readonly Way[],
  rates: readonly number[],
  { payloadBytes, short }: Settings,
): Subject {
  const windowMs = short ? WINDOW_MS / 2 : WINDOW_MS;
  return {
    id: 'ways',
    title: 'ways up',
    estimateMs:
      1500 + WARM_UP_MS + ways.length * (WAY_WARM_UP_MS + rates.length * (windowMs + RAMP_MS + 100)),
    serverFlags: ['--rate', '0', '--max-publish-rate', '0'],
    async run({ driver, lab, addressOf, seed, step }) {
      const measurements: Measurement[] = [];
      let warmUpMs = WARM_UP_MS;
      for (const index of blockOrder(ways.length, seed)) {
        const way = ways[index];
        if (way === undefined) continue;
        const title = laneOfWay(way).title;
        const baseUrl = way === 'post' ? lab.url : await addressOf(way);
        const common = { way, baseUrl, topic: TOPIC, publishers: PUBLISHERS, payloadBytes };
        step(`${title}: warm-up`);
        await driver.call('publish', {
          ...common,
          ratePerSecond: WARM_UP_MESSAGES / (warmUpMs / 1000),
          warmUpMs,
          windowMs: 100,
          seed: 0,
        });
        warmUpMs = WAY_WARM_UP_MS;
        for (const ratePerSecond of rates) {
          step(`${title}: ${ratePerSecond} messages/s`);
          const record = await driver.call('publish', {
            ...common,
            ratePerSecond,
            warmUpMs: RAMP_MS,
            windowMs,
            seed: seed / 2 ** 32,
          });
          expectNone(record.violations);
          measurements.push({ lane: way, cells: [cellId(ratePerSecond)], ...interpret(record, way) });
        }
      }
      return measurements;
    },
  };
}

function interpret(record: PublishRecord, way: Way): Omit<Measurement, 'lane' | 'cells'> {
  const { before, after, host, acknowledged, quantilesMs, latency, lagMs } = record;
  if (acknowledged === 0) throw new TrialFailure('no message was due in the window');
  const account: TrafficName = way === 'post' ? 'publish' : way;
  const traffic = trafficBetween(before, after, account);
  return {
    values: finiteOnly({
      p50: quantilesMs.p50,
      p99: quantilesMs.p99,
      bytes: (traffic.bytesIn + traffic.bytesOut) / acknowledged,
      headerBytes: (traffic.headerBytesIn + traffic.headerBytesOut) / acknowledged,
      cpu: cpuBetween(before, after) / acknowledged,
    }),
    histogram: latency.histogram,
    health: { ...healthBetween(before, after, host), publisherLagMs: lagMs },
  };
}
