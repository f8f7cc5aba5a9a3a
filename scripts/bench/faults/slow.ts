import { TRANSPORTS, type TransportName, transportsOf } from '../../../server/wire.ts';
import type { Metric } from '../../../web/results/schema.ts';
import { COLLECTABLE } from '../driver/collect.ts';
import { costMetric, laneOf, metric } from '../scenarios/common.ts';
import { onStage } from '../stage.ts';
import { FAST, FILL_MS, keepUp, PAYLOAD_BYTES, RATE, SLOW, SLOW_BYTES, stageMs } from './slow-trial.ts';
import type { FaultScenario, FaultSubject } from './subject.ts';

/** So short that the slow ones are left behind it within the run. */
const LOG_MESSAGES = 2000;
const WINDOW_MS = 6000;
/** What was asked for before the first run: how much later those who keep up may have theirs. */
const LATER_AT_MOST = 1.2;

const METRICS: readonly Metric[] = [
  costMetric(
    'p99',
    'Delivery latency of those who keep up, 99th percentile',
    'ms',
    true,
    'From when a message was due to when the subscriber’s callback had it, parsed.',
  ),
  costMetric(
    'p90',
    'Delivery latency of those who keep up, 90th percentile',
    'ms',
    true,
    'As the 99th percentile, which on a virtual machine is for the most part what its host takes away.',
  ),
  costMetric('p50', 'Delivery latency of those who keep up, median', 'ms', false, 'As the 99th percentile.'),
  costMetric(
    'held',
    'Memory the server holds',
    'MB',
    true,
    'Heap and buffers at the end of the window, behind a collection of garbage.',
  ),
  costMetric(
    'growth',
    'Additional memory',
    'MB',
    false,
    'What it holds beside slow ones, less what it holds without them, in the same trial.',
  ),
  metric(
    'missed',
    'Messages that slow ones missed',
    '',
    'lower',
    false,
    'Each of them, by the time that it was let read on and had caught up. Gaps have told of each, to the number.',
  ),
];

const CONDITIONS = { ratePerSecond: RATE, payloadBytes: PAYLOAD_BYTES, fast: FAST } as const;

/** What it does to everybody that some read slowly. */
export const slow: FaultScenario = {
  name: 'slow',
  absent: ({ transports }) =>
    pushedOf(transports).length === 0
      ? 'it needs a transport that pushes, and none of those asked for does.'
      : undefined,
  async plan({ short, transports: asked }) {
    const transports = pushedOf(asked);
    const windowMs = short ? WINDOW_MS / 2 : WINDOW_MS;
    const publishedMb = (RATE * PAYLOAD_BYTES * (FILL_MS + windowMs)) / 1000 / 1e6;
    return {
      design: {
        title: 'Slow consumers',
        question: 'What does it do to the server, and to the others, that one in ten hardly reads?',
        method: [
          `${RATE.toLocaleString('en')} messages a second of ${PAYLOAD_BYTES.toLocaleString('en')} B to ${FAST} subscribers, by themselves and beside slow ones: ${SLOW} in ${FAST + SLOW}, over a line that takes ${SLOW_BYTES.toLocaleString('en')} bytes a second. Either is measured after ${FILL_MS / 1000} s: beside the slow ones what lies between is full by then. Every other block begins with them. The log holds ${LOG_MESSAGES.toLocaleString('en')} messages.`,
          `A trial in which slow ones take more than a tenth of what is published in the window, and no memory of the server’s grows by it, has no figures: it was not full. From when they come to its end ${publishedMb} MB are published: a server that kept for them what they do not read would hold about as much, less some megabytes that the system takes. The goal is a quarter of it.`,
          'At the end the slow ones are let read on. A trial in which one of them misses a message that no gap has told of, to the number, has no figures.',
        ],
        lanes: transports.map(laneOf),
        cells: [
          { id: 'alone', title: 'without slow ones', conditions: { ...CONDITIONS, slow: 0 } },
          { id: 'beside', title: 'beside slow ones', conditions: { ...CONDITIONS, slow: SLOW } },
        ],
        metrics: METRICS,
        claims: [],
        contrasts: [{ title: 'Beside slow consumers', from: 'alone', to: 'beside' }],
        goals: [
          ...transports.map((lane) => ({
            ...{ lane, metric: 'p99', cell: 'beside', from: 'alone' },
            atMost: LATER_AT_MOST,
          })),
          ...transports.map((lane) => ({
            ...{ lane, metric: 'growth', cell: 'beside' },
            atMost: publishedMb / 4,
          })),
        ],
      },
      subjects: transports.map((transport) => subjectOf(transport, windowMs)),
    };
  },
};

/** A poller takes as much as it asks for. */
function pushedOf(transports: readonly TransportName[] = transportsOf('node')): readonly TransportName[] {
  return transports.filter((name) => TRANSPORTS[name].paced === 'push');
}

function subjectOf(transport: TransportName, windowMs: number): FaultSubject {
  const { title } = TRANSPORTS[transport];
  return {
    id: transport,
    title,
    estimateMs: stageMs(windowMs),
    measure(options) {
      const flags = ['--payload', String(PAYLOAD_BYTES), '--log-messages', String(LOG_MESSAGES)];
      const slowFirst = options.block % 2 === 1;
      return onStage(flags, options, (context) => keepUp(context, transport, { windowMs, slowFirst }), {
        environment: COLLECTABLE,
      });
    },
  };
}
