import { createServer } from 'node:net';
import { pipeline, Transform } from 'node:stream';
import { listen, Sockets } from '../hop/sockets.ts';
import type { MechanismPath } from '../path.ts';

/** What a 1.0 proxy does not know, or has for itself: they are about a connection that it does not keep. */
const NOT_PASSED = /^(connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade):/i;

const MAX_HEAD_BYTES = 64 * 1024;

/** Node's own HTTP has no 1.0 to send: heads are rewritten here, bodies pass as they come. */
export default {
  family: 'mechanism',
  title: 'HTTP/1.0',
  standsFor:
    'A proxy that speaks HTTP/1.0 (RFC 1945) both ways, as old appliances do and nginx has long done towards its upstreams: a connection per request, no chunks, no Upgrade.',
  recognisedAs: ['http-1.0'],
  async start({ target }) {
    const sockets = new Sockets();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const far = sockets.connect(target);
      // Where one direction breaks, pipeline ends both connections; nobody else is to be told.
      pipeline(near, rewriteHead(requestLine), far, () => undefined);
      pipeline(far, rewriteHead(statusLine), near, () => undefined);
    });
    const listener = await listen(server, sockets);
    return {
      baseUrl: `http://127.0.0.1:${listener.port}`,
      [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
    };
  },
} satisfies MechanismPath;

function requestLine(line: string): string {
  return line.replace(/ HTTP\/1\.1$/, ' HTTP/1.0');
}

function statusLine(line: string): string {
  return line.replace(/^HTTP\/1\.1 /, 'HTTP/1.0 ');
}

/** Puts the first head that comes into HTTP/1.0; the body behind it passes as it is. */
function rewriteHead(startLine: (line: string) => string): Transform {
  let head: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!head) return done(null, chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) {
        return done(head.length > MAX_HEAD_BYTES ? new Error('The head has no end.') : null);
      }
      const [first = '', ...headers] = head.toString('latin1', 0, end).split('\r\n');
      // In HTTP/1.0 a body without a length ends with its connection (RFC 1945 §7.2.2): chunks cannot be told.
      if (headers.some((line) => /^transfer-encoding:/i.test(line))) {
        return done(new Error('A chunked body cannot pass through HTTP/1.0.'));
      }
      const passed = headers.filter((line) => !NOT_PASSED.test(line));
      const lines = [startLine(first), ...passed, 'Connection: close', '', ''].join('\r\n');
      const rest = head.subarray(end + 4);
      head = undefined;
      done(null, Buffer.concat([Buffer.from(lines, 'latin1'), rest]));
    },
  });
}
