import type { Coalescing } from '../../../../server/feed/rounds.ts';
import type { TransportName } from '../../../../server/wire.ts';
import { TRANSPORTS } from '../../../../server/wire.ts';
import type { Cell, Contrast } from '../../../../web/results/schema.ts';

/** How many are listening, and how much there is to tell them. */
export interface Load {
  readonly id: string;
  readonly subscribers: number;
  readonly ratePerSecond: number;
  /** One in so many sockets of a stream takes times. */
  readonly timedEvery: number;
}

/** So few that neither side is at its limit, with as many messages as put several into the longer windows. */
export const STREAMS: Load = { id: 'streams', subscribers: 200, ratePerSecond: 400, timedEvery: 10 };
/** The same for polls, of which each answer costs several times what a write to a stream does. */
export const POLLS: Load = { id: 'polls', subscribers: 50, ratePerSecond: 400, timedEvery: 1 };
/** So many that sending one message to all takes about as long as the next one takes to come. */
export const CROWD: Load = { id: 'crowd', subscribers: 2000, ratePerSecond: 100, timedEvery: 100 };

/** A load, and how long messages wait for others; of short polls, how often clients ask. */
export interface BatchingCell {
  readonly load: Load;
  readonly window: Coalescing;
}

const WINDOWS: readonly Coalescing[] = [0, 1, 5, 20, 'auto'];
const CROWD_WINDOWS: readonly Coalescing[] = [0, 20, 'auto'];
/** Of short polls, for which a server holds nothing back. */
const INTERVALS: readonly Coalescing[] = [5, 20];

/** In a quick run the ends only. */
const QUICK: readonly Coalescing[] = [0, 5, 20];

export function cellsOf(transport: TransportName, short: boolean): readonly BatchingCell[] {
  const { paced } = TRANSPORTS[transport];
  const within = (windows: readonly Coalescing[]) =>
    short ? windows.filter((window) => QUICK.includes(window)) : windows;
  if (paced === 'interval') return INTERVALS.map((window) => ({ load: POLLS, window }));
  const load = paced === 'hold' ? POLLS : STREAMS;
  const steady = within(WINDOWS).map((window) => ({ load, window }));
  if (paced === 'hold' || short) return steady;
  return [...steady, ...CROWD_WINDOWS.map((window) => ({ load: CROWD, window }))];
}

export const cellId = ({ load, window }: BatchingCell): string => `${load.id}-${window}`;

/** As it stands in charts and tables. */
export function describeCell(cell: BatchingCell): Cell {
  const { load, window } = cell;
  const { subscribers, ratePerSecond } = load;
  const count = `${subscribers.toLocaleString('en-US')} ${load === POLLS ? 'that poll' : 'subscribers'}`;
  return {
    id: cellId(cell),
    title: `${window === 'auto' ? 'auto' : `${window} ms`}, ${count}`,
    group: count,
    conditions: { window, subscribers, ratePerSecond },
  };
}

/** What the longest window, and the one that opens by itself, make of having none. */
export function contrastsOf(cells: readonly Cell[]): readonly Contrast[] {
  const has = (id: string) => cells.some((cell) => cell.id === id);
  return [STREAMS, POLLS, CROWD].flatMap((load) =>
    [
      { from: 0, to: 20, title: 'Coalescing 20 ms' },
      { from: 0, to: 'auto', title: 'Coalescing auto' },
    ].flatMap(({ from, to, title }) => {
      const contrast = {
        title: `${title}, ${load.subscribers.toLocaleString('en-US')} ${load === POLLS ? 'that poll' : 'subscribers'}`,
        from: `${load.id}-${from}`,
        to: `${load.id}-${to}`,
      };
      return has(contrast.from) && has(contrast.to) ? [contrast] : [];
    }),
  );
}
