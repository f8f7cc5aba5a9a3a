import type { Coalescing } from '../../../../server/feed/rounds.ts';
import { TRANSPORTS, type TransportName } from '../../../../server/wire.ts';
import type { Cell, Contrast } from '../../../../web/results/schema.ts';

/** How many are listening, and how much there is to tell them. */
export interface Load {
  readonly id: string;
  /** As it stands in charts and tables. */
  readonly title: string;
  readonly subscribers: number;
  readonly ratePerSecond: number;
  /** One in so many sockets of a stream takes times. */
  readonly timedEvery: number;
}

/** So few that neither side is at its limit, with as many messages as put several into the longer windows. */
export const STREAMS = load('streams', 'subscribers', 500, 200, 25);
/** The same for polls, of which each answer costs several times what a write to a stream does. */
export const POLLS = load('polls', 'pollers', 50, 200, 1);
/** So many that sending one message to all takes longer than the next one takes to come. */
export const CROWD = load('crowd', 'subscribers', 2000, 100, 100);

/** A load, and how long messages wait for others; of short polls, how often clients ask. */
export interface BatchingCell {
  readonly load: Load;
  readonly window: Coalescing;
}

/** All there are, in the order in which they are read. */
const CELLS: readonly BatchingCell[] = [
  ...[STREAMS, POLLS].flatMap((load) => cellsWith(load, [0, 1, 5, 20, 'auto'])),
  ...cellsWith(CROWD, [0, 'auto']),
];

/** Of short polls, for which a server holds nothing back. */
const INTERVALS: readonly Coalescing[] = [5, 20];

/** In a quick run: the ends, and what lies between. */
const QUICK: readonly Coalescing[] = [0, 5, 20];

export function cellsOf(transport: TransportName, short: boolean): readonly BatchingCell[] {
  const { paced } = TRANSPORTS[transport];
  return CELLS.filter(
    ({ load, window }) =>
      (load === POLLS) === (paced !== 'push') &&
      (paced !== 'interval' || INTERVALS.includes(window)) &&
      !(short && (load === CROWD || !QUICK.includes(window))),
  );
}

/** Those that some of the transports have. */
export function cellsOfAll(transports: readonly TransportName[], short: boolean): readonly BatchingCell[] {
  const used = new Set(transports.flatMap((transport) => cellsOf(transport, short)));
  return CELLS.filter((cell) => used.has(cell));
}

export const cellId = ({ load, window }: BatchingCell): string => `${load.id}-${window}`;

export function describeCell(cell: BatchingCell): Cell {
  const { load, window } = cell;
  const { subscribers, ratePerSecond } = load;
  return {
    id: cellId(cell),
    title: `${window === 'auto' ? 'auto' : `${window} ms`}, ${load.title}`,
    group: load.title,
    conditions: { window, subscribers, ratePerSecond },
  };
}

/** What the longest window, and the one that opens by itself, make of having none. */
export function contrastsOf(cells: readonly BatchingCell[]): readonly Contrast[] {
  return cells.flatMap((to) => {
    const from = cells.find(({ load, window }) => load === to.load && window === 0);
    if (!from || (to.window !== 20 && to.window !== 'auto')) return [];
    const window = to.window === 'auto' ? 'auto' : `${to.window} ms`;
    return [{ title: `Coalescing ${window}, ${to.load.title}`, from: cellId(from), to: cellId(to) }];
  });
}

function load(
  id: string,
  noun: string,
  subscribers: number,
  ratePerSecond: number,
  timedEvery: number,
): Load {
  const title = `${subscribers.toLocaleString('en-US')} ${noun}`;
  return { id, title, subscribers, ratePerSecond, timedEvery };
}

function cellsWith(load: Load, windows: readonly Coalescing[]): readonly BatchingCell[] {
  return windows.map((window) => ({ load, window }));
}
