import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import {
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { pipeline } from 'node:stream';
import { selfSignedCertificate } from '../certificate.ts';
import { endToEnd } from '../hop/forward.ts';
import { listen, Sockets } from '../hop/sockets.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'HTTP/2 only',
  standsFor:
    'A gateway that speaks HTTP/2 and nothing else (ALPN offers h2 alone), without the extended CONNECT of RFC 8441 that WebSocket needs there. Streams it passes as they come.',
  recognisedAs: ['http-2-only'],
  async start({ target }) {
    const sockets = new Sockets();
    const server = createSecureServer({
      ...(await selfSignedCertificate()),
      allowHTTP1: false,
      noDelay: true,
    });
    server.on('secureConnection', (socket) => sockets.add(socket));
    server.on('unknownProtocol', (socket) => socket.destroy()); // no ALPN at all: Node would answer in HTTP/1.0
    server.on('stream', (stream, headers) => pass(stream, headers, target, sockets));
    const listener = await listen(server, sockets);
    return {
      baseUrl: `https://127.0.0.1:${listener.port}`,
      selfSigned: true,
      [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
    };
  },
} satisfies MechanismPath;

/** One request, to the lab over HTTP/1.1 and back. Where one side is lost, so is the other. */
function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, target: URL, sockets: Sockets): void {
  const { ':method': method, ':path': path } = headers;
  stream.on('error', () => undefined); // a close follows
  if (method === 'CONNECT' || path === undefined) {
    stream.respond({ ':status': 405 }, { endStream: true });
    return;
  }
  const asked: ClientRequest = openRequest({
    createConnection: () => sockets.connect(target),
    method,
    path,
    headers: requestHeaders(headers),
  });
  asked.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  asked.on('response', (answer) => {
    if (stream.destroyed) return;
    stream.respond(responseHeaders(answer));
    pipeline(answer, stream, () => undefined); // a lost answer resets the stream
  });
  stream.on('close', () => asked.destroy());
  stream.pipe(asked);
}

/** Without the pseudo-headers (RFC 9113 §8.3); `:authority` is what `Host` was. */
function requestHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const ordinary = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return { ...Object.fromEntries(ordinary), host: headers[':authority'] };
}

/** Names in lower case, nothing that is about a connection (RFC 9113 §8.2). */
function responseHeaders(answer: IncomingMessage): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {};
  const raw = endToEnd(answer);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return { ':status': answer.statusCode, ...headers };
}
