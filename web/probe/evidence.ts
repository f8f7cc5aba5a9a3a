import type { Arrival, Exchange } from './schema.ts';

/** A live message that comes later than this is no news any more: ms. Not scaled. */
export const IN_TIME_MS = 2500;

/** Each message once, as it first came, by `seq`. */
export function firstArrivals(arrivals: readonly Arrival[]): ReadonlyMap<number, Arrival> {
  const bySeq = new Map<number, Arrival>();
  for (const arrival of arrivals) if (!bySeq.has(arrival.seq)) bySeq.set(arrival.seq, arrival);
  return bySeq;
}

/** A request without an answer of the lab's, or a stream or socket that never opened. */
export function isFailed({ outcome, headMs }: Exchange): boolean {
  // An event stream that nobody answered has ended, too.
  return outcome === 'failed' || (outcome === 'ended' && headMs === null);
}

/** Something else than the lab's own answer to what it grants. */
export function isRefusal(status: number | null): boolean {
  return status !== null && status !== 101 && (status < 200 || status > 299);
}

/** A request on a kept connection that the other side was just closing fails at once: ms. */
const AT_ONCE_MS = 100;

/**
 * Polls that met a connection just being closed, while those before and after got through. Browsers ask again
 * by themselves (RFC 9112 §9.3.1), other clients do not: that is no failure of the path.
 */
export function isStale(exchange: Exchange, exchanges: readonly Exchange[]): boolean {
  const at = exchanges.indexOf(exchange);
  const before = exchanges[at - 1];
  const after = exchanges[at + 1];
  return (
    isFailed(exchange) &&
    exchange.headMs === null &&
    exchange.endMs !== null &&
    exchange.endMs - exchange.atMs < AT_ONCE_MS &&
    before !== undefined &&
    after !== undefined &&
    !isFailed(before) &&
    !isFailed(after)
  );
}
