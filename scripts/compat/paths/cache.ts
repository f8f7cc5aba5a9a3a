import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { type Exchange, endToEnd, passOn } from '../hop/forward.ts';
import { type OwnAnswer, startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

/** Seconds; varnish takes this for an answer that says nothing (`default_ttl`). */
const FRESH_FOR = 120;
const MAX_BODY_BYTES = 1024 * 1024;

interface Kept extends OwnAnswer {
  readonly atMs: number;
}

export default {
  family: 'mechanism',
  title: 'Cache',
  standsFor:
    'A shared cache that keeps answers which do not say how long they are good for: it may guess (RFC 9111 §4.2.2), and takes 120 s. It honours `no-store` and, as server-side caches do, no `no-cache` of a client’s; streams it passes.',
  recognisedAs: ['cached'],
  start({ target, scaled }) {
    const freshForMs = scaled(FRESH_FOR);
    const kept = new Map<string, Kept>();
    return startReverseProxy(target, {
      upgrades: 'pass',
      intercept(request) {
        if (!mayUse(request)) return undefined;
        const found = kept.get(keyOf(request));
        if (!found) return undefined;
        const ageMs = performance.now() - found.atMs;
        if (ageMs < freshForMs) {
          return { ...found, headers: [...found.headers, 'Age', String(Math.floor(ageMs / 1000))] };
        }
        kept.delete(keyOf(request));
        return undefined;
      },
      respond(exchange) {
        const { request, answer } = exchange;
        if (!mayUse(request) || !mayKeep(exchange)) return passOn(exchange);
        const keep = (body: Buffer): void => {
          const headers = endToEnd(answer);
          const atMs = performance.now();
          kept.set(keyOf(request), { status: answer.statusCode ?? 200, headers, body, atMs });
        };
        passOn(exchange, [copy(keep)]);
      },
    });
  },
} satisfies MechanismPath;

function keyOf({ headers, url }: IncomingMessage): string {
  return `${headers.host} ${url}`;
}

/**
 * Whether the request lets a cache have a part in it. `no-cache`, which pages send with `cache: 'no-store'`, is
 * not heeded: the caches of servers and CDNs do not let clients go round them.
 */
function mayUse({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade === undefined &&
    headers.range === undefined &&
    headers.authorization === undefined && // RFC 9111 §3.5
    !/\bno-store\b/i.test(headers['cache-control'] ?? '')
  );
}

/** Whether the answer is complete, small, one that may be kept by guess (RFC 9110 §15.1), and says nothing against it. */
function mayKeep({ answer: { statusCode, headers } }: Exchange): boolean {
  const complete = statusCode === 204 || Number(headers['content-length']) <= MAX_BODY_BYTES;
  return (
    (statusCode === 200 || statusCode === 204) &&
    complete &&
    headers['cache-control'] === undefined &&
    headers.vary === undefined &&
    headers['set-cookie'] === undefined
  );
}

/** Lets a body pass, and hands it over when it was complete. */
function copy(take: (body: Buffer) => void): Transform {
  const chunks: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done(null, chunk);
    },
    flush(done) {
      take(Buffer.concat(chunks));
      done();
    },
  });
}
