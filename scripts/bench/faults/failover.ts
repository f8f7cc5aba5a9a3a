import { type TransportName, transportsOf } from '../../../server/wire.ts';
import { RETRY } from '../../../web/clients/retry.ts';
import type { Cell, Measurement, Metric } from '../../../web/results/schema.ts';
import { type Carried, carryThrough, INTERVAL_MS, MESSAGES_PER_SECOND } from '../../faults/carry-through.ts';
import { startSite, whyNoSite } from '../../faults/site.ts';
import { delay } from '../driver/audience.ts';
import { disturbanceOf, hostUse, readHost } from '../driver/host.ts';
import { TrialFailure } from '../scenario.ts';
import { costMetric, laneOf } from '../scenarios/common.ts';
import type { FaultScenario, FaultSubject } from './subject.ts';

/** Between one process and the next: ms. */
const APART_MS = 1500;
/** What was asked for before the first run. */
const LONGEST_MS = 2000;

const METRICS: readonly Metric[] = [
  costMetric(
    'slowest',
    'Longest delay of a message',
    'ms',
    true,
    'From when a message was handed to its publisher to when the subscriber had it, the longest of a block: while the publisher cannot reach a server, its messages wait with it.',
  ),
  costMetric(
    'slowestDelivery',
    'Longest delay of a message, once taken in',
    'ms',
    false,
    'From when a server had taken it in: what the subscriber’s way adds. It depends on how often nginx had put this subscriber on the process that went (see the connections).',
  ),
  costMetric(
    'connections',
    'Connections made',
    '',
    false,
    'By one subscriber, the first among them. A poll that nginx hands to another process is none.',
  ),
];

/** Nothing first, to hold the others against. */
const FAULTS = {
  calm: { title: 'nothing befalls them', signal: undefined },
  leave: { title: 'each is told to leave in turn, and started again', signal: 'SIGTERM' },
  kill: { title: 'each is killed in turn, and started again', signal: 'SIGKILL' },
} as const;

type Fault = keyof typeof FAULTS;

/** What becomes of subscribers when the process that serves them goes. */
export const failover: FaultScenario = {
  name: 'failover',
  absent: whyNoSite,
  async plan({ transports = transportsOf('node') }) {
    const faults = Object.keys(FAULTS) as Fault[]; // Object.keys loses the literal type of the keys it returns
    const lanes = transports.map(laneOf);
    return {
      design: {
        title: 'Fail-over',
        question: 'How late is a message when the process that was to bring it leaves, or dies?',
        method: [
          `Three processes share a Redis and stand behind nginx, which sends each request to whichever is next (those of Socket.IO over polling, whose sessions live in one process, to the same one). ${MESSAGES_PER_SECOND} messages a second are published by POST and over WebSocket, again under their keys until they are acknowledged, and read over each transport. Whoever is cut off waits before the first attempt a random time of up to ${RETRY.baseMs} ms, twice as much before each further one, as clients do by default; whoever is told when to come back does as told. A short poll asks every ${INTERVAL_MS} ms.`,
          'A trial in which a message is lost, doubled or out of order, or in which a gap is told, has no figures.',
        ],
        lanes,
        cells: faults.map((fault) => ({
          id: fault,
          title: FAULTS[fault].title,
          conditions: conditionsOf(fault),
        })),
        metrics: METRICS,
        claims: [],
        contrasts: [],
        goals: lanes.map(({ id }) => ({
          lane: id,
          metric: 'slowest',
          cell: 'leave',
          atMost: LONGEST_MS,
          everyBlock: true,
        })),
      },
      subjects: faults.map((fault) => subjectOf(fault, transports)),
    };
  },
};

function conditionsOf(fault: Fault): Cell['conditions'] {
  const { signal } = FAULTS[fault];
  return { processes: 3, ratePerSecond: MESSAGES_PER_SECOND, ...(signal ? { signal } : {}) };
}

function subjectOf(fault: Fault, transports: readonly TransportName[]): FaultSubject {
  const { title, signal } = FAULTS[fault];
  return {
    id: fault,
    title,
    saturates: true,
    estimateMs: 20_000,
    async measure({ step, unlessAborted }) {
      await using site = await startSite();
      const before = readHost();
      const disturb = async (): Promise<void> => {
        for (const [i, lab] of site.labs.entries()) {
          await delay(APART_MS);
          if (!signal) continue;
          step(`${signal} to the ${['first', 'second', 'third'][i]} process`);
          await lab.restart(signal);
        }
        await delay(APART_MS);
      };
      const carrying = carryThrough(site.balancer, disturb, RETRY, transports).catch((error: unknown) => {
        throw new TrialFailure(error instanceof Error ? error.message : String(error));
      });
      const carried = await unlessAborted(carrying);
      return measurementsOf(fault, carried, hostUse(before, readHost()));
    },
  };
}

function measurementsOf(
  fault: Fault,
  { published, seen }: Carried,
  host: ReturnType<typeof hostUse>,
): readonly Measurement[] {
  return seen.map(({ transport, order, slowestMs, slowestDeliveryMs, connections }) => {
    if (order.length !== published || new Set(order).size !== published) {
      throw new TrialFailure(`over ${transport} came ${order.length} of ${published} messages`);
    }
    return {
      lane: transport,
      cells: [fault],
      values: { slowest: slowestMs, slowestDelivery: slowestDeliveryMs, connections },
      health: {
        driverUtilisation: host.driverUtilisation,
        // There are three of them, and none lives from start to end.
        serverUtilisation: 0,
        ...disturbanceOf(host),
      },
    };
  });
}
