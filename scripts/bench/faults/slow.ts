import { TRANSPORTS, type TransportName, transportsOf } from '../../../server/wire.ts';
import type { Measurement, Metric } from '../../../web/results/schema.ts';
import type { WindowRecord } from '../driver/audience.ts';
import { expectNone, TrialFailure } from '../scenario.ts';
import { costMetric, finiteOnly, healthBetween, laneOf, metric, TOPIC } from '../scenarios/common.ts';
import { HOLD_MS } from '../settings.ts';
import { onStage } from '../stage.ts';
import type { FaultScenario, FaultSubject } from './subject.ts';

const RATE = 2000;
const FAST = 18;
const SLOW = 2;
/** What a slow one reads: bytes a second. */
const SLOW_BYTES = 1000;
/** So short that the slow ones are left behind it within the run. */
const LOG_MESSAGES = 2000;
const WARM_UP_MS = 3000;
const WINDOW_MS = 4000;
/** Until what lies between a server and one who does not read is full: ms. */
const FILL_MS = 8000;

const METRICS: readonly Metric[] = [
  costMetric(
    'p99',
    'Delivery latency of those who keep up, 99th percentile',
    'ms',
    true,
    'From when a message was due to when the subscriber’s callback had it, parsed.',
  ),
  costMetric('p50', 'Delivery latency of those who keep up, median', 'ms', false, 'As the 99th percentile.'),
  costMetric(
    'growth',
    'Growth of the server’s resident memory',
    'MB/s',
    true,
    'From the beginning of the window to its end. What is collected meanwhile makes it negative.',
  ),
  metric(
    'gaps',
    'Gaps told to those who do not keep up',
    '',
    'higher',
    false,
    'To each, by the time that they were let read on: what the log had lost meanwhile, each counted exactly.',
  ),
];

const ALONE = 'alone';
const BESIDE = 'beside';

/** What it does to everybody that some read slowly. */
export const slow: FaultScenario = {
  name: 'slow',
  async plan({ payloadBytes, short }) {
    const transports = transportsOf('node').filter((name) => TRANSPORTS[name].paced === 'push');
    return {
      design: {
        title: 'Slow consumers',
        question: 'What does it do to the server, and to the others, that one in ten hardly reads?',
        method: [
          `${RATE.toLocaleString('en')} messages a second of ${payloadBytes} B to ${FAST} subscribers; then ${SLOW} more come over a line that takes ${SLOW_BYTES} bytes a second, and after ${FILL_MS / 1000} s, when what lies between is full, the same is measured beside them. The log holds ${LOG_MESSAGES.toLocaleString('en')} messages.`,
          'At the end the slow ones are let read on. A trial in which one of them misses a message that no gap has told of, to the number, has no figures.',
        ],
        lanes: transports.map(laneOf),
        cells: [
          { id: ALONE, title: 'without slow ones', conditions: { ratePerSecond: RATE, fast: FAST, slow: 0 } },
          {
            id: BESIDE,
            title: `beside ${SLOW} slow ones`,
            conditions: { ratePerSecond: RATE, fast: FAST, slow: SLOW },
          },
        ],
        metrics: METRICS,
        claims: [],
        contrasts: [{ title: 'Beside slow consumers', from: ALONE, to: BESIDE }],
      },
      subjects: transports.map((transport) =>
        subjectOf(transport, payloadBytes, short ? WINDOW_MS / 2 : WINDOW_MS),
      ),
    };
  },
};

function subjectOf(transport: TransportName, payloadBytes: number, windowMs: number): FaultSubject {
  const { title } = TRANSPORTS[transport];
  return {
    id: transport,
    title,
    estimateMs: 4000 + WARM_UP_MS + 2 * windowMs + FILL_MS,
    measure(options) {
      const flags = ['--payload', String(payloadBytes), '--log-messages', String(LOG_MESSAGES)];
      return onStage(flags, options, async ({ driver, addressOf, openLine, seed, step }) => {
        const baseUrl = await addressOf(transport);
        const common = { topic: TOPIC, transport, intervalMs: 100, holdMs: HOLD_MS, seed: seed / 2 ** 32 };
        step(`${title}: warm-up`);
        await driver.call('gather', { id: 'fast', baseUrl, ...common });
        await driver.call('growTo', { id: 'fast', count: FAST });
        await driver.call('setWorkload', { ratePerSecond: RATE, seed });
        await driver.call('measure', { id: 'fast', windowMs: WARM_UP_MS });
        step(`${title}: without slow ones`);
        const alone = await driver.call('measure', { id: 'fast', windowMs });
        step(`${title}: slow ones come`);
        const line = await openLine();
        const slowUrl = await line.call('open', { target: baseUrl, bytesPerSecond: SLOW_BYTES });
        await driver.call('gather', { id: 'slow', baseUrl: slowUrl, ...common });
        await driver.call('growTo', { id: 'slow', count: SLOW });
        await driver.call('pause', FILL_MS);
        step(`${title}: beside slow ones`);
        const beside = await driver.call('measure', { id: 'fast', windowMs });
        for (const { violations } of [alone, beside]) expectNone(violations);
        await driver.call('setWorkload', { ratePerSecond: 0 });
        await line.call('hurry', undefined);
        const gaps = gapsOf(await driver.call('measure', { id: 'slow', windowMs: 100 }));
        return [
          measurementOf(transport, ALONE, alone, {}),
          measurementOf(transport, BESIDE, beside, { gaps: gaps / SLOW }),
        ];
      });
    },
  };
}

/** How many gaps there were. Of slow readers nothing else may be told: what was missed was counted. */
function gapsOf({ violations }: WindowRecord): number {
  const gaps = violations.map((text) => /^(\d+) gaps$/.exec(text)?.[1]);
  const others = violations.filter((_, i) => gaps[i] === undefined);
  if (others.length > 0) throw new TrialFailure(`slow ones: ${others.join('; ')}`);
  return gaps.reduce((sum, count) => sum + Number(count), 0);
}

function measurementOf(
  lane: TransportName,
  cell: string,
  { before, after, host, quantilesMs }: WindowRecord,
  more: Readonly<Record<string, number>>,
): Measurement {
  const grownBytes = after.process.rssBytes - before.process.rssBytes;
  return {
    lane,
    cells: [cell],
    values: finiteOnly({
      p50: quantilesMs.p50,
      p99: quantilesMs.p99,
      growth: grownBytes / 1e6 / (host.durationMs / 1000),
      ...more,
    }),
    health: healthBetween(before, after, host),
  };
}
