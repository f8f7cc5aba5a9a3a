import { randomLcg } from 'd3-random';
import type { Cell, Lane, Measurement, Metric } from '../../../web/results/schema.ts';
import { createRedis, type Redis, whyNoRedis } from '../../testing/redis.ts';
import { CORES, pin } from '../machine.ts';
import { childrenOf, processUse } from '../peers/process-use.ts';
import { expectNone, type TrialContext } from '../scenario.ts';
import { costMetric, cpuBetween, finiteOnly, healthBetween, metric, TOPIC } from '../scenarios/common.ts';
import { onStage } from '../stage.ts';
import type { FaultScenario, FaultSubject } from './subject.ts';

const WAY = 'websocket';
const PUBLISHERS = 8;
const IN_FLIGHT = 32;
const RATES: readonly number[] = [200, 2000];
const WARM_UP_MS = 1500;
const WINDOW_MS = 1500;
const FLOOD = 'flood';
const A_MESSAGE = 'A message';

const METRICS: readonly Metric[] = [
  {
    ...costMetric(
      'p50',
      'Time to acknowledgement, median',
      'ms',
      true,
      'From when a message was due to be sent to when the publisher had the acknowledgement: it has its place on the bus by then, and the process that answers has received it. The load’s own lag is part of it, on every bus alike.',
    ),
    noun: 'median time to acknowledgement',
  },
  {
    ...costMetric('p99', 'Time to acknowledgement, 99th percentile', 'ms', true, 'As the median.'),
    noun: '99th percentile of it',
  },
  costMetric(
    'lag',
    'Lag of the load, mean',
    'ms',
    false,
    'How late messages were sent, by a timer of whole milliseconds: so much of the time to acknowledgement is not the bus’s.',
  ),
  {
    ...costMetric(
      'cpu',
      'CPU per message, servers and Redis',
      'µs',
      true,
      'User and system time of all server processes and of Redis over messages acknowledged.',
    ),
    noun: 'CPU of servers and Redis',
  },
  costMetric('redisCpu', 'CPU per message, Redis alone', 'µs', false, 'The part of it that was Redis’s.'),
  metric(
    'rate',
    'Messages acknowledged per second',
    '1/s',
    'higher',
    true,
    `With ${PUBLISHERS * IN_FLIGHT} on the way at all times: each acknowledgement is followed by the next message. What waits at Redis goes there together (pipelining). All processes of a bus share one core: it says what a message costs, and not what several cores would carry.`,
  ),
];

/** What the server is started with, and what it needs beside it. */
interface BusLane {
  readonly lane: Lane;
  readonly flags: readonly string[];
  readonly redis: boolean;
}

const LANES: readonly BusLane[] = [
  { lane: { id: 'memory', title: 'In memory', colour: '#1b6ca8' }, flags: [], redis: false },
  {
    lane: { id: 'workers', title: 'Two workers', colour: '#8a5a00', marker: 'rect' },
    flags: ['--workers', '2'],
    redis: false,
  },
  { lane: { id: 'redis', title: 'Redis', colour: '#b3261e', marker: 'circle' }, flags: [], redis: true },
];

/** What it costs to have a message carried to other processes. */
export const bus: FaultScenario = {
  name: 'bus',
  absent: whyNoRedis,
  async plan({ payloadBytes, short, ratesPerSecond = RATES }) {
    const windowMs = short ? WINDOW_MS / 3 : WINDOW_MS;
    return {
      design: {
        title: 'The bus',
        question: 'What does it cost to publish to more than one process?',
        method: [
          `${PUBLISHERS} publishers send ${payloadBytes} B of data over WebSocket, to one server process with its own memory, to one with a Redis beside it on the same core, and to two workers that have their messages relayed by a third process, all three on that core. Nobody subscribes but the processes themselves.`,
          'Redis writes nothing to disk.',
        ],
        lanes: LANES.map(({ lane }) => lane),
        cells: [...ratesPerSecond.map(cellOf), FLOOD_CELL],
        metrics: METRICS,
        claims: [],
        contrasts: [],
        comparisons: LANES.slice(1).map(({ lane }) => ({ lane: lane.id, against: 'memory' })),
      },
      subjects: LANES.map((lane) => subjectOf(lane, ratesPerSecond, { payloadBytes, windowMs })),
    };
  },
};

const FLOOD_CELL: Cell = {
  id: FLOOD,
  title: `${PUBLISHERS * IN_FLIGHT} on the way at once`,
  group: A_MESSAGE,
  conditions: { publishers: PUBLISHERS, inFlight: IN_FLIGHT },
};

function cellOf(ratePerSecond: number): Cell {
  return {
    id: `up${ratePerSecond}`,
    title: `${ratePerSecond} messages/s`,
    group: A_MESSAGE,
    conditions: { ratePerSecond, publishers: PUBLISHERS },
  };
}

function subjectOf(
  { lane, flags, redis: wantsRedis }: BusLane,
  rates: readonly number[],
  { payloadBytes, windowMs }: { readonly payloadBytes: number; readonly windowMs: number },
): FaultSubject {
  return {
    id: lane.id,
    title: lane.title,
    saturates: true,
    estimateMs: 3000 + (rates.length + 1) * (WARM_UP_MS + windowMs),
    async measure(options) {
      const redis = wantsRedis ? await createRedis() : undefined;
      try {
        const bus = redis ? ['--bus', redis.url] : [];
        const all = [...flags, ...bus, '--max-publish-rate', '0', '--log-messages', '1000'];
        return await onStage(all, options, async (context) => {
          const others = [...childrenOf(context.lab.pid), ...(redis ? [redis.pid] : [])];
          await Promise.all(others.map((pid) => pin(pid, CORES.server)));
          return measureAll(context, redis);
        });
      } finally {
        await redis?.[Symbol.asyncDispose]();
      }
    },
  };

  async function measureAll(
    { lab, driver, seed, step }: TrialContext,
    redis: Redis | undefined,
  ): Promise<readonly Measurement[]> {
    const common = {
      way: WAY,
      baseUrl: lab.url,
      topic: TOPIC,
      publishers: PUBLISHERS,
      payloadBytes,
    } as const;
    const redisUs = (): number => (redis ? processUse(redis.pid).cpuUs : 0);
    const measurements: Measurement[] = [];
    step(`${lane.title}: as much as it takes`);
    const flooded = redisUs();
    const flood = await driver.call('flood', {
      ...common,
      inFlight: IN_FLIGHT,
      warmUpMs: WARM_UP_MS,
      windowMs,
    });
    expectNone(flood.violations);
    // What Redis did in the warm-up is not in the window's: its share of both is the same.
    const share = windowMs / (WARM_UP_MS + windowMs);
    const floodRedis = ((redisUs() - flooded) * share) / flood.acknowledged;
    measurements.push({
      lane: lane.id,
      cells: [FLOOD],
      values: finiteOnly({
        rate: flood.acknowledged / (flood.host.durationMs / 1000),
        cpu: cpuBetween(flood.before, flood.after) / flood.acknowledged + floodRedis,
        redisCpu: redis ? floodRedis : undefined,
      }),
      health: healthBetween(flood.before, flood.after, flood.host),
    });
    const random = randomLcg(seed / 2 ** 32);
    for (const ratePerSecond of rates) {
      step(`${lane.title}: ${ratePerSecond} messages/s`);
      const before = redisUs();
      const record = await driver.call('publish', {
        ...common,
        ratePerSecond,
        warmUpMs: WARM_UP_MS,
        windowMs,
        seed: random(),
      });
      expectNone(record.violations);
      const redisPer = ((redisUs() - before) * share) / record.acknowledged;
      measurements.push({
        lane: lane.id,
        cells: [cellOf(ratePerSecond).id],
        values: finiteOnly({
          p50: record.quantilesMs.p50,
          p99: record.quantilesMs.p99,
          lag: record.lagMs,
          cpu: cpuBetween(record.before, record.after) / record.acknowledged + redisPer,
          redisCpu: redis ? redisPer : undefined,
        }),
        histogram: record.latency.histogram,
        health: { ...healthBetween(record.before, record.after, record.host), publisherLagMs: record.lagMs },
      });
    }
    return measurements;
  }
}
