import { TRANSPORTS, type TransportName } from '../../../../server/wire.ts';
import type { Metric, Trial } from '../../../../web/results/schema.ts';
import { startRemote } from '../../driver/rpc.ts';
import { CORES, pin } from '../../machine.ts';
import type { AnySubject, Scenario } from '../../scenario.ts';
import { costMetric, laneOf } from '../../scenarios/common.ts';
import { judge, recordTrial, type TrialPlace } from '../../trial.ts';
import type { Dialect } from '../dialects.ts';
import { MESSAGE_BYTES } from '../message.ts';
import { LAB, ROSTER } from '../roster.ts';
import { asFailure } from '../trial.ts';
import {
  type BatchingCell,
  CROWD,
  cellsOf,
  cellsOfAll,
  contrastsOf,
  describeCell,
  POLLS,
  STREAMS,
} from './cells.ts';
import type { LabMethods } from './lab-main.ts';
import type { LoadMethods } from './load-main.ts';
import { type BatchingTimes, measureBatching } from './measure.ts';

/** The lab over one transport, with every window: a server process of its own in each block. */
export interface BatchingSubject extends AnySubject {
  readonly transport: TransportName;
  readonly dialect: Dialect;
  readonly cells: readonly BatchingCell[];
  readonly times: BatchingTimes;
}

const TIMES: BatchingTimes = { warmUpMs: { first: 500, others: 60 }, windowMs: 250 };
/** Of polls: as many are to be answered as it takes to compile what they run through. */
const POLL_TIMES: BatchingTimes = { ...TIMES, warmUpMs: { first: 3000, others: 60 } };

const METRICS: readonly Metric[] = [
  costMetric(
    'cpu',
    'Server CPU per delivery',
    'µs',
    true,
    'User and system time of the server process over messages delivered; its publisher is part of it.',
  ),
  {
    ...costMetric(
      'burst',
      'Messages per write or answer',
      '',
      false,
      'Over streams: messages over the rounds in which the server had something to write, counted by readers of the log that stand among the subscribers. Over polls: messages over answers, those without any among them.',
    ),
    better: 'higher',
  },
  costMetric(
    'p50',
    'Delivery latency, median',
    'ms',
    true,
    'From when a message was due to when its bytes were read.',
  ),
  costMetric('p99', 'Delivery latency, 99th percentile', 'ms', false, 'As the median.'),
  costMetric(
    'bytes',
    'Bytes per delivery',
    'B',
    false,
    'Read from the socket: envelope, framing and heads of answers.',
  ),
  costMetric('server', 'Server’s share of its core', 'share', false, 'Processor time over time.'),
  costMetric('load', 'Load’s share of its core', 'share', false, 'Above 80 % there is no figure.'),
];

/** What a window costs and saves, over each of these transports. */
export function createBatchingScenario(transports: readonly TransportName[]): Scenario<BatchingSubject> {
  return {
    name: 'batching',
    async plan({ short }) {
      const subjects = transports.map((transport) => subjectOf(transport, short));
      const cells = cellsOfAll(transports, short);
      return {
        subjects,
        design: {
          title: 'Coalescing',
          question: 'How much of “WebSocket is faster” is protocol, and how much is batching?',
          method: [
            `A delivery that shares its write with others costs about a/burst + b. Labs that differ in nothing but how long a message waits for others (--coalesce-ms) stand side by side in one process and are measured one after the other; their publisher sits in it too. Messages are ${MESSAGE_BYTES} bytes of JSON, published at random times (Poisson), on an absolute schedule.`,
            `Of each load as much as keeps the server and the load’s process below their limits with no window: ${STREAMS.subscribers} subscribers to a stream, ${POLLS.subscribers} pollers, ${STREAMS.ratePerSecond} messages/s for all of them, so that a window holds as many over each transport. ${CROWD.subscribers.toLocaleString('en-US')} subscribers at ${CROWD.ratePerSecond} messages/s are so many that to send a message to all takes longer than the next one takes to come. One socket of a stream in ${STREAMS.timedEvery} takes times, of the crowd one in ${CROWD.timedEvery}.`,
            'The server wakes up for every message, alone or not. Where it is idle otherwise, that, and to encode and log the message, costs it many times what one delivery does: each delivery has its share, as one of so many subscribers, in the second part of a line. At the server’s limit (hollow marks) it is next to nothing.',
            'For a short poll the server holds nothing back: its window is the interval at which each client asks, at a phase of its own. A long poll that comes back while messages wait is answered at once: of the same window it has less than a stream.',
            'Messages per write are counted, not computed: by readers of the log that stand among the subscribers of a stream and are told of news when those are, and by the server’s own count of requests for polls, empty answers included.',
          ],
          lanes: transports.map(laneOf),
          cells: cells.map(describeCell),
          metrics: METRICS,
          claims: [],
          contrasts: contrastsOf(cells),
        },
      };
    },
  };
}

function subjectOf(transport: TransportName, short: boolean): BatchingSubject {
  const dialect = ROSTER.find(({ lane }) => lane.id === LAB)?.transports[transport];
  if (!dialect) throw new Error(`The load does not know how the lab speaks ${transport}.`);
  const cells = cellsOf(transport, short);
  const times = TRANSPORTS[transport].paced === 'push' ? TIMES : POLL_TIMES;
  const { warmUpMs, windowMs } = times;
  return {
    id: transport,
    title: TRANSPORTS[transport].title,
    estimateMs: 1500 + warmUpMs.first + (cells.length + 1) * (warmUpMs.others + windowMs + 200),
    transport,
    dialect,
    cells,
    times,
  };
}

/** Runs the lab over one transport: fresh labs, a fresh load, and nothing of either left behind, however it ends. */
export function runBatchingTrial(
  subject: BatchingSubject,
  place: TrialPlace,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<Trial> {
  return recordTrial(subject, place, signal, async (unlessAborted) => {
    const { transport, cells } = subject;
    const lab = startRemote<LabMethods>(new URL('./lab-main.ts', import.meta.url));
    const load = startRemote<LoadMethods>(new URL('./load-main.ts', import.meta.url));
    try {
      const measurements = await unlessAborted(measure()).catch(asFailure);
      return { outcome: judge(measurements, true), measurements };
    } finally {
      await Promise.all([lab.stop(), load.stop()]);
    }

    async function measure() {
      // For clients that poll at an interval a server holds nothing back, whatever its window.
      const polls = TRANSPORTS[transport].paced === 'interval';
      const windows = cells.map(({ window }) => (polls ? 0 : window));
      const ports = await lab.call('listen', windows);
      await Promise.all([pin(load.pid, CORES.load), pin(lab.pid, CORES.server)]);
      const { block, seed } = place;
      return measureBatching({ ...subject, lab, load, block, seed, step }, ports);
    }
  });
}
