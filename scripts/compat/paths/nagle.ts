import { Transform } from 'node:stream';
import { passOn } from '../hop/forward.ts';
import { startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

/** The longest that a receiver delays an acknowledgement on Linux and Windows; no time scale shrinks it. */
const DELAYED_ACK_MS = 200;

/**
 * Bodies with a length leave in one go, and upgraded connections are not touched: a proxy passes a frame in
 * one write with nothing unacknowledged before it (messages come further apart than ACKs do), which Nagle's
 * algorithm lets go at once. A chunk of a stream is several small writes (its size, its bytes, the line end),
 * of which the later ones wait for the first one's ACK. haproxy, too, is late for streams only: it switches to
 * a tunnel after an upgrade.
 */
export default {
  family: 'mechanism',
  title: 'Nagle and delayed ACKs',
  standsFor:
    'What small writes meet where Nagle’s algorithm (RFC 9293 §3.7.4) on one side and delayed acknowledgements on the other fall together: each piece of a stream is late by 200 ms.',
  recognisedAs: ['late'],
  start: ({ target }) =>
    startReverseProxy(target, {
      upgrades: 'pass',
      respond: (exchange) => {
        const streamed =
          exchange.answer.headers['content-length'] === undefined && exchange.answer.statusCode !== 204;
        passOn(exchange, streamed ? [delay(DELAYED_ACK_MS)] : []);
      },
    }),
} satisfies MechanismPath;

/** Each chunk comes out `delayMs` after it went in, in order; so does the end. */
function delay(delayMs: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      setTimeout(() => {
        if (!this.destroyed) this.push(chunk);
      }, delayMs);
      done();
    },
    flush(done) {
      setTimeout(done, delayMs);
    },
  });
}
