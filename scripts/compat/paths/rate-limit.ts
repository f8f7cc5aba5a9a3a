import type { IncomingMessage } from 'node:http';
import { probeSettings } from '../../../web/probe/settings.ts';
import { startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

/**
 * A probe's short poll asks once per interval (1 s) for some 83 s: the burst lets it ask 31 times, and from
 * then on four of five requests are refused. Its long poll asks some 23 times while messages come, 3 times in
 * the silence and 5 times at the end: the burst covers the first, and is refilled before the last. A stream
 * asks once. Limits in the world are a little wider; those who poll every second, several behind one address,
 * meet them all the same.
 */
const BURST = 25;
/** In intervals of the short poll: 5 s at time scale 1. Bound to it, since it does not shrink below 200 ms. */
const REFILL_INTERVALS = 5;

export default {
  family: 'mechanism',
  title: 'Rate limit',
  standsFor:
    'A limit to requests per client and URL, as gateways and protection services have: 25 at once, then one every 5 s; beyond that 429 with Retry-After (RFC 6585). Opening a stream counts as one request.',
  recognisedAs: ['rate-limited'],
  start({ target, timeScale }) {
    const takesOne = tokenBuckets(BURST, REFILL_INTERVALS * probeSettings(timeScale, [], []).intervalMs);
    return startReverseProxy(target, {
      upgrades: 'pass',
      intercept(request) {
        const waitMs = takesOne(keyOf(request));
        if (waitMs === 0) return undefined;
        const retryAfter = String(Math.ceil(waitMs / 1000));
        const headers = ['Retry-After', retryAfter, 'Cache-Control', 'no-store', 'Content-Length', '0'];
        return { status: 429, headers, body: Buffer.alloc(0) };
      },
    });
  },
} satisfies MechanismPath;

function keyOf({ socket, url = '' }: IncomingMessage): string {
  return `${socket.remoteAddress} ${url.split('?', 1)[0]}`;
}

/**
 * A token bucket for each key: `burst` tokens at first and at most, one more every `refillMs`. The function
 * takes one; it returns 0 where there was one, or the time until there is one, ms.
 */
function tokenBuckets(burst: number, refillMs: number): (key: string) => number {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (key) => {
    const nowMs = performance.now();
    const { tokens, atMs } = buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    const present = Math.min(burst, tokens + (nowMs - atMs) / refillMs);
    const left = present >= 1 ? present - 1 : present;
    buckets.set(key, { tokens: left, atMs: nowMs });
    return present >= 1 ? 0 : (1 - present) * refillMs;
  };
}
