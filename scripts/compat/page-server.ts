import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { selfSignedCertificate } from './certificate.ts';
import { FOREIGN_HOST } from './page-host.ts';

/** `http/2 only` takes no other protocol, and no WebSocket over a stream of it (RFC 8441) either. */
type PageProtocol = 'http' | 'https' | 'http/2 only' | 'http/2 and http/1.1';

export interface PageServerOptions {
  /** `http` by default. All others go by a name that browsers do not trust for being local. */
  readonly protocol?: PageProtocol;
  /** Sent with the document: policies. */
  readonly headers?: (origin: string) => Readonly<Record<string, string>>;
  /** Sends requests on without what says where they are from, as if nobody checked it. */
  readonly dropOrigin?: boolean;
}

/** Serves an empty document, and all else from a lab. */
export interface PageServer extends AsyncDisposable {
  readonly origin: string;
  /** The document's URL. */
  readonly pageUrl: string;
  /** What TLS connections agreed upon, oldest first: `h2`, `http/1.1`. */
  readonly agreed: readonly string[];
  /** Why TLS connections were refused. */
  readonly refused: readonly string[];
  /** Where to send what is not the document. */
  forwardTo(labUrl: string): void;
}

const PAGE_PATH = '/page';
const PAGE = '<!doctype html><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">';

/** Of one connection only (RFC 9110 §7.6.1), and not allowed in HTTP/2 (RFC 9113 §8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** What browsers say of where a request is from (RFC 6454 §7, RFC 9110 §10.1.3, Fetch Metadata §2), and that they are some. */
const SENDER_HEADERS: ReadonlySet<string> = new Set(['origin', 'referer', 'sec-fetch-site', 'user-agent']);

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Starts one on 127.0.0.1 and a free port. */
export async function startPageServer(options: PageServerOptions = {}): Promise<PageServer> {
  const { protocol = 'http', headers = () => ({}), dropOrigin = false } = options;
  const server = await createFor(protocol);
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Duplex>();
  const agreed: string[] = [];
  const refused: string[] = [];
  let target: URL | undefined;

  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => undefined); // a close follows
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', (socket: Socket) => keep(socket));
  server.on('secureConnection', (socket: TLSSocket) => agreed.push(socket.alpnProtocol || 'http/1.1'));
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => refused.push(error.code ?? error.message));
  server.on('request', (request: Request, response: Response) => {
    if (request.url === PAGE_PATH) {
      answer(response, 200, { ...headers(origin), 'content-type': 'text/html' }, PAGE);
    } else if (target) forward(target, request, response);
    else answer(response, 503, {}, 'There is no lab yet.');
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (target) forwardUpgrade(target, request, socket, head);
    else socket.destroy();
  });

  function forward({ hostname, port }: URL, request: Request, response: Response): void {
    const upstream = httpRequest({
      hostname,
      port,
      agent,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request),
    });
    upstream.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 502, withoutConnection(answered.headers));
      // Its head is news by itself: a stream may have nothing to say for long.
      if ('flushHeaders' in response) response.flushHeaders();
      answered.pipe(response);
    });
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else answer(response, 502, {}, 'The lab does not answer.');
    });
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  function requestHeaders(request: Request): IncomingHttpHeaders {
    const headers = Object.entries(withoutConnection(request.headers));
    const kept = headers.filter(([name]) => !(dropOrigin && SENDER_HEADERS.has(name)));
    const host = request.headers[':authority'] ?? request.headers.host;
    return { ...Object.fromEntries(kept), ...(typeof host === 'string' && { host }) };
  }

  /** From here on it is bytes. */
  function forwardUpgrade(lab: URL, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upstream = connect(Number(lab.port), lab.hostname);
    keep(upstream);
    upstream.write(`${request.method} ${request.url} HTTP/1.1\r\n${rawHeaders(request, dropOrigin)}\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.on('error', () => undefined); // a close follows
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind
  const origin = protocol === 'http' ? `http://127.0.0.1:${port}` : `https://${FOREIGN_HOST}:${port}`;
  return {
    origin,
    pageUrl: origin + PAGE_PATH,
    agreed,
    refused,
    forwardTo(labUrl) {
      target = new URL(labUrl);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}

async function createFor(protocol: PageProtocol): Promise<Server | Http2SecureServer> {
  if (protocol === 'http') return createServer();
  const certificate = await selfSignedCertificate();
  if (protocol === 'https') return createTlsServer(certificate);
  return createSecureServer({ ...certificate, allowHTTP1: protocol === 'http/2 and http/1.1' });
}

function answer(
  response: Response,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  // The two kinds have the same methods, whose overloads TypeScript cannot call through their union.
  const plain = response as ServerResponse;
  plain.writeHead(status, headers);
  plain.end(body);
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name) && !name.startsWith(':')),
  );
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage, dropOrigin: boolean): string {
  let lines = '';
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (dropOrigin && SENDER_HEADERS.has(raw[i]?.toLowerCase() ?? '')) continue;
    lines += `${raw[i]}: ${raw[i + 1]}\r\n`;
  }
  return lines;
}
