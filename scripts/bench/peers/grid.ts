import { TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import type { Cell } from '../../../web/results/schema.ts';

/** How many subscribers, and how many messages are published in one turn of the event loop. */
export interface Grid {
  readonly subscribers: readonly number[];
  readonly bursts: readonly number[];
  /** Numbers of idle connections that memory is read at. */
  readonly idle: readonly number[];
}

export const FULL_GRID: Grid = {
  subscribers: [100, 500, 2000],
  bursts: [1, 16, 64],
  idle: [1000, 5000],
};
export const QUICK_GRID: Grid = { subscribers: [500], bursts: [1, 16], idle: [1000, 5000] };

/** The goals are for so many subscribers, and so are latencies, at these messages per second. */
export const MODERATE = { subscribers: 500, pushesPerSecond: 40, pollsPerSecond: 5 } as const;

export function moderateRate(transport: TransportName): number {
  return isPoll(transport) ? MODERATE.pollsPerSecond : MODERATE.pushesPerSecond;
}

/** Polls ask one by one: what a turn publishes reaches them in one answer or in several. */
export const isPoll = (transport: TransportName): boolean => TRANSPORTS[transport].paced !== 'push';

/** How a lane's part of the grid differs from that of the others. */
export interface Reach {
  /** It is there for the number of subscribers that the goals are for, and for nothing else. */
  readonly moderateOnly?: true;
  /** With that number of subscribers it also pushes so many messages a turn, in a quick run too. */
  readonly alsoBursts?: readonly number[];
  /** It publishes nothing: polls get empty answers only. */
  readonly silent?: true;
}

interface Point {
  readonly subscribers: number;
  /** Messages a turn; 0 of short polls that bring nothing. */
  readonly burst: number;
}

/** What a lane runs over a transport. */
export interface Course {
  readonly points: readonly Point[];
  /** Numbers of idle connections; none where memory is not read. */
  readonly idle: readonly number[];
}

export function courseOf(transport: TransportName, grid: Grid, reach: Reach = {}): Course {
  const counts = reach.moderateOnly ? [MODERATE.subscribers] : grid.subscribers;
  return {
    points: counts.flatMap((subscribers) =>
      burstsOf(transport, grid, reach, subscribers).map((burst) => ({ subscribers, burst })),
    ),
    // Who polls at intervals holds no connection that would be idle.
    idle: reach.moderateOnly || transport === 'short-poll' ? [] : grid.idle,
  };
}

function burstsOf(
  transport: TransportName,
  { bursts }: Grid,
  { alsoBursts = [], silent }: Reach,
  subscribers: number,
): readonly number[] {
  const moderate = subscribers === MODERATE.subscribers;
  if (transport === 'short-poll') return moderate && !silent ? [0, ...bursts] : [0];
  if (isPoll(transport)) return moderate ? bursts : [1];
  return moderate ? [...new Set([...bursts, ...alsoBursts])].sort((a, b) => a - b) : bursts;
}

/**
 * The part of a course that a block runs: the number of subscribers that the goals are for in every block, the others
 * in turns, idle connections with the fewest. All together would take twice as long.
 */
export function courseInBlock({ points, idle }: Course, block: number): Course {
  const others = [...new Set(points.map(({ subscribers }) => subscribers))]
    .filter((count) => count !== MODERATE.subscribers)
    .sort((a, b) => a - b);
  const turn = block % 2;
  return {
    points: points.filter(
      ({ subscribers }) => subscribers === MODERATE.subscribers || others.indexOf(subscribers) % 2 === turn,
    ),
    idle: turn === 0 ? idle : [],
  };
}

export function cellId(transport: TransportName, subscribers: number, burst: number): string {
  return `${transport}-${subscribers}-${burst === 0 ? 'empty' : burst}`;
}

export const idleCellId = (transport: TransportName): string => `${transport}-idle`;

export function cellIdsOf(transport: TransportName, { points, idle }: Course): readonly string[] {
  const busy = points.map(({ subscribers, burst }) => cellId(transport, subscribers, burst));
  return idle.length > 0 ? [...busy, idleCellId(transport)] : busy;
}

/** All cells of a transport that some lane has. */
export function cellsOf(transport: TransportName, courses: readonly Course[]): readonly Cell[] {
  const { title } = TRANSPORTS[transport];
  const cells = new Map<string, Cell>();
  const points = courses
    .flatMap((course) => course.points)
    .sort((a, b) => a.subscribers - b.subscribers || a.burst - b.burst);
  for (const { subscribers, burst } of points) {
    const id = cellId(transport, subscribers, burst);
    const noun = isPoll(transport) ? 'polls' : 'subscribers';
    cells.set(id, {
      id,
      title: `${title}, ${subscribers} ${noun}, ${burst === 0 ? 'nothing new' : `${burst} a turn`}`,
      group: title,
      conditions: { transport, subscribers, burst },
    });
  }
  if (courses.some(({ idle }) => idle.length > 0)) {
    const id = idleCellId(transport);
    cells.set(id, {
      id,
      title: `${title}, idle`,
      group: title,
      conditions: { transport, subscribers: 'idle' },
    });
  }
  return [...cells.values()];
}
