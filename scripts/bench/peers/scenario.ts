import { TRANSPORT_NAMES, TRANSPORTS } from '../../../server/wire.ts';
import type { Metric } from '../../../web/results/schema.ts';
import type { Scenario } from '../scenario.ts';
import { metric } from '../scenarios/common.ts';
import { GOALS } from './goals.ts';
import {
  type Course,
  cellIdsOf,
  cellsOf,
  courseInBlock,
  courseOf,
  FULL_GRID,
  MODERATE,
  QUICK_GRID,
} from './grid.ts';
import { measurePolls } from './measure-polls.ts';
import { measureStream, type Windows } from './measure-stream.ts';
import { MESSAGE_BYTES } from './message.ts';
import { LAB, type RosterEntry } from './roster.ts';
import type { PeerSubject } from './trial.ts';
import { hasWrk } from './wrk.ts';

const WINDOWS: Windows = { windowMs: 80, paceMs: 300, pollMs: 250, healthMs: 2000 };

const METRICS: readonly Metric[] = [
  metric(
    'cpu',
    'Server CPU per delivery',
    'µs',
    'lower',
    true,
    'User and system time of the server process over messages delivered in the window; of polls over requests answered, or over held requests that a message has woken.',
  ),
  metric(
    'rate',
    'Deliveries per second at the limit',
    '1/s',
    'higher',
    false,
    'With a turn on the heels of the one before. Missing where the load would have taken more than 80 % of its core.',
  ),
  metric(
    'p50',
    'Delivery latency, median',
    'ms',
    'lower',
    true,
    `From when a message was due to when its bytes were read, over all ${MODERATE.subscribers} subscribers, at ${MODERATE.pushesPerSecond} messages/s (long polls: ${MODERATE.pollsPerSecond}), one at a time.`,
  ),
  metric('p99', 'Delivery latency, 99th percentile', 'ms', 'lower', false, 'As the median.'),
  metric(
    'rss',
    'Resident memory per idle connection',
    'KB',
    'lower',
    true,
    'Slope of the server’s resident set over the number of connections, after garbage collection; KB of 1,000 bytes.',
  ),
  metric(
    'heap',
    'Heap per idle connection',
    'KB',
    'lower',
    false,
    'As the resident set: JavaScript heap and external memory.',
  ),
  metric(
    'healthz',
    'Concurrent GET /healthz, 99th percentile',
    'ms',
    'lower',
    false,
    'From when a request was due, one every 20 ms over a kept connection of a process of its own, while one message after the other goes to all connections that the memory was read with.',
  ),
  metric('healthz50', 'Concurrent GET /healthz, median', 'ms', 'lower', false, 'As the 99th percentile.'),
  metric(
    'bytes',
    'Bytes per delivery',
    'B',
    'lower',
    false,
    'Read from the socket: envelope, framing and heads.',
  ),
  metric(
    'load',
    'Load’s share of its core',
    'share',
    'lower',
    false,
    'Above 80 % there is no figure beside it; of polls no rate.',
  ),
];

/** The lab beside other servers that do the same. */
export function createPeersScenario(entries: readonly RosterEntry[]): Scenario<PeerSubject> {
  return {
    name: 'peers',
    async plan(settings) {
      const grid = settings.short ? QUICK_GRID : FULL_GRID;
      const subjects = TRANSPORT_NAMES.flatMap((transport) =>
        entries.flatMap((entry): PeerSubject[] => {
          const dialect = entry.transports[transport];
          if (!dialect) return [];
          const course = courseOf(transport, grid, entry.reach);
          return [
            {
              id: `${entry.lane.id}-${transport}`,
              title: `${entry.lane.title}, ${TRANSPORTS[transport].title}`,
              estimateMs: estimateMs(course),
              entry,
              transport,
              dialect,
              course,
              courseIn: (block) => (settings.blocks > 1 ? courseInBlock(course, block) : course),
              measure: (bench) =>
                transport === 'short-poll' ? measurePolls(bench, WINDOWS) : measureStream(bench, WINDOWS),
            },
          ];
        }),
      );
      const cells = TRANSPORT_NAMES.flatMap((name) =>
        cellsOf(
          name,
          subjects.filter(({ transport }) => transport === name).map(({ course }) => course),
        ),
      );
      const has = (lane: string, cell: string): boolean =>
        subjects.some(
          ({ entry, transport, course }) =>
            entry.lane.id === lane && cellIdsOf(transport, course).includes(cell),
        );
      return {
        subjects,
        design: {
          title: 'Peers',
          question: 'What does a delivery cost the lab, and what others that do the same?',
          method: [
            `Every server sends the same messages, ${MESSAGE_BYTES} bytes of JSON, from a process of its own with a publisher within; nchan’s publisher is outside, over one connection with as many requests at once as a turn has messages. “16 a turn” is 16 messages published in one turn of the event loop.`,
            'Before anything counts, the same is done until it gets no cheaper: what Node has not compiled yet costs ten times as much.',
            `${MODERATE.subscribers} subscribers are measured in every block; fewer and more take turns, idle connections go with the fewer: every second block has them.`,
            'The load is bare sockets in a process of its own that make the handshake by hand and throw everything away: each message of the first is read, of the others bytes are counted, and they must be the same.',
            `Polls that bring nothing come ${hasWrk() ? 'from wrk' : 'from bare sockets'}, one request at a time on each connection. A long poll is counted when a message has woken it; the next message comes when all are held again.`,
            'Where the load would take more than 80 % of its core, the server rests after each turn as long as the turn took, or four times as long, and there is no rate. wrk cannot be told to: of polls that keep it busier than that only the processor time stands.',
          ],
          lanes: entries.map(({ lane }) => lane),
          cells,
          metrics: METRICS,
          claims: entries
            .filter(({ lane, variant }) => lane.id !== LAB && !variant)
            .map(({ lane }) => ({ better: LAB, worse: lane.id, source: 'lab' as const })),
          contrasts: [],
          goals: GOALS.filter(({ lane, against, cell }) => has(lane, cell) && has(against ?? lane, cell)),
        },
      };
    },
  };
}

/** Starting and compiling take most of it. */
function estimateMs({ points, idle }: Course): number {
  return 1500 + points.length * 3 * WINDOWS.windowMs + idle.length * 300;
}
