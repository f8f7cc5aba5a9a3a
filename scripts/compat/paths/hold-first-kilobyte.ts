import { Transform } from 'node:stream';
import { passOn } from '../hop/forward.ts';
import { startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

const HELD_BYTES = 1024;

export default {
  family: 'mechanism',
  title: 'First kilobyte held',
  standsFor:
    'Antivirus and content filters that look at the beginning of every response body before they let it go: the first 1024 bytes come together or at the end, all after them at once.',
  recognisedAs: ['first-bytes-held'],
  start: ({ target }) =>
    startReverseProxy(target, {
      upgrades: 'pass',
      respond: (exchange) => passOn(exchange, [holdFirst(HELD_BYTES)]),
    }),
} satisfies MechanismPath;

/** Keeps what comes until `bytes` of it are there, or the end is. */
function holdFirst(bytes: number): Transform {
  let held: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!held) return done(null, chunk);
      held = Buffer.concat([held, chunk]);
      if (held.length < bytes) return done();
      const enough = held;
      held = undefined;
      done(null, enough);
    },
    flush(done) {
      done(null, held);
    },
  });
}
