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
  idle: [1000, 3000, 5000],
};
export const QUICK_GRID: Grid = { subscribers: [500], bursts: [1, 16], idle: [500, 2000] };

/** The goals are for so many subscribers, and so are latencies, at these messages per second. */
export const MODERATE = { subscribers: 500, pushesPerSecond: 40, pollsPerSecond: 5 } as const;

export function moderateRate(transport: TransportName): number {
  return isPoll(transport) ? MODERATE.pollsPerSecond : MODERATE.pushesPerSecond;
}

/** Polls ask one by one: what a turn publishes reaches them in one answer or in several. */
export const isPoll = (transport: TransportName): boolean => TRANSPORTS[transport].paced !== 'push';

export function cellId(transport: TransportName, subscribers: number, burst: number): string {
  return isPoll(transport) ? `${transport}-${subscribers}` : `${transport}-${subscribers}-${burst}`;
}

export const idleCellId = (transport: TransportName): string => `${transport}-idle`;

/** All cells of a transport. */
export function cellsOf(transport: TransportName, { subscribers, bursts }: Grid): readonly Cell[] {
  const { title } = TRANSPORTS[transport];
  const idle = {
    id: idleCellId(transport),
    title: `${title}, idle`,
    group: title,
    conditions: { transport, subscribers: 'idle' },
  };
  const busy = subscribers.flatMap((count) =>
    (isPoll(transport) ? [1] : bursts).map((burst) => ({
      id: cellId(transport, count, burst),
      title: `${title}, ${count} ${NOUNS[transport]}${isPoll(transport) ? '' : `, ${burst} a turn`}`,
      group: title,
      conditions: { transport, subscribers: count, burst },
    })),
  );
  return transport === 'short-poll' ? busy : [...busy, idle];
}

const NOUNS: Readonly<Record<TransportName, string>> = {
  'short-poll': 'empty',
  'long-poll': 'woken',
  sse: 'subscribers',
  websocket: 'subscribers',
};
