import { TRANSPORTS, type TransportInfo, type TransportName } from '../../../server/wire.ts';
import type { LoadKind } from '../driver/load.ts';

/** What carries the feeds: the plain HTTP server, or Express behind it. */
export type Stack = 'raw' | 'express';

export const STACKS: readonly Stack[] = ['raw', 'express'];

/** Wakes held polls and feeds streams one message at a time. */
export const SINGLE_RATE = 150;
/** More than can be published one at a time: the streams get them in batches. */
const SATURATING_RATE = 10_000;
/** What is done to the server, and which transports it can be done to. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly ratePerSecond: number;
  readonly stacks: readonly Stack[];
  readonly transports: (names: readonly TransportName[]) => readonly TransportName[];
  /** Undefined for streams, which are read by sinks. */
  readonly load: (paced: TransportInfo['paced']) => LoadKind | undefined;
}

/** Why a transport cannot be loaded by bare requests and bare sockets; undefined where it can. */
export function whyNotLoaded(name: TransportName): string | undefined {
  const { title, family, ownPort, paced, hosts } = TRANSPORTS[name];
  if (family === 'library') return `${title} begins with a handshake of its library’s own`;
  if (ownPort) return `${title} speaks no HTTP`;
  if (paced === 'hold' && !hosts.includes('node')) return `${title} is asked for by a page’s scripts`;
  return undefined;
}

const SINGLE_LOAD: Record<TransportInfo['paced'], LoadKind | undefined> = {
  interval: 'poll',
  hold: 'hold',
  push: undefined,
};

const paced =
  (...kinds: TransportInfo['paced'][]) =>
  (names: readonly TransportName[]) =>
    names.filter((name) => kinds.includes(TRANSPORTS[name].paced));

export const TASKS: readonly Task[] = [
  {
    id: 'single',
    title: 'one message at a time',
    ratePerSecond: SINGLE_RATE,
    stacks: STACKS,
    transports: (names) => names,
    load: (kind) => SINGLE_LOAD[kind],
  },
  {
    id: 'saturated',
    title: `${SATURATING_RATE.toLocaleString('en')} messages/s offered`,
    ratePerSecond: SATURATING_RATE,
    stacks: ['raw'],
    transports: paced('push'),
    load: () => undefined,
  },
  {
    id: 'empty',
    title: 'polls that bring nothing',
    ratePerSecond: 0,
    stacks: ['raw'],
    transports: paced('interval'),
    load: () => 'poll-empty',
  },
  {
    id: 'first-event',
    title: 'streams that end with their first event',
    ratePerSecond: 0,
    stacks: ['raw'],
    transports: (names) => names.filter((name) => name === 'sse'),
    load: () => 'first-event',
  },
];
