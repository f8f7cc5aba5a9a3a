import { TRANSPORTS, type TransportName } from '../../server/wire.ts';

/** How many connections a browser opens to one server over HTTP/1.1, for all its tabs together. */
export const CONNECTIONS = 6;
/** For requests that are answered at once: the page's own, short polls, messages that are posted. */
const KEPT_FREE = 1;

/** Which of the wanted lanes run, and which wait until a connection is left for them. */
export interface Allotment {
  readonly running: readonly TransportName[];
  readonly waiting: readonly TransportName[];
  /** Of those that run, the ones that hold a connection each. */
  readonly holding: readonly TransportName[];
}

/** Whether a browser has one of its HTTP connections taken up by this lane. It counts WebSockets by themselves. */
export function holdsConnection(name: TransportName): boolean {
  const { carrier, paced } = TRANSPORTS[name];
  return carrier === 'response' || (carrier === 'requests' && paced === 'hold');
}

/**
 * Who comes first holds a connection; who would take the last one waits. A browser would let all begin and leave
 * some, or the page's own requests, without an answer. `elsewhere`: connections that other tabs hold.
 */
export function allot(lanes: readonly TransportName[], shared: boolean, elsewhere: number): Allotment {
  const room = shared ? Number.POSITIVE_INFINITY : Math.max(0, CONNECTIONS - KEPT_FREE - elsewhere);
  const holding = lanes.filter(holdsConnection).slice(0, room);
  const running = lanes.filter((name) => !holdsConnection(name) || holding.includes(name));
  return { running, holding, waiting: lanes.filter((name) => !running.includes(name)) };
}

/** Whether the page came over a connection that all requests share (HTTP/2 and later), of which there is no shortage. */
export function connectionIsShared(): boolean {
  const [navigation] = performance.getEntriesByType('navigation');
  // What performance gives for this type is a navigation's entry (Navigation Timing §3).
  return multiplexes((navigation as PerformanceNavigationTiming | undefined)?.nextHopProtocol ?? '');
}

/** `protocol`: an ALPN protocol ID, or nothing where the browser does not tell. */
export function multiplexes(protocol: string): boolean {
  return /^h[23]/.test(protocol);
}
