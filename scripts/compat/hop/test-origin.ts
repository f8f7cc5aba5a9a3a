import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that waits for the test to answer it. */
interface Held {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What `/echo` answers. */
export interface Echoed {
  readonly httpVersion: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many requests the origin has had, this one included. */
  readonly count: number;
}

/**
 * A server at the end of a path, in the test's own hands: `/echo` says what came; `/held` waits for the test;
 * `/given` answers with the `status` and the headers of its query, and with the number of the request in
 * `X-Count`; an upgrade gets a socket that says back what it is told, a request for `/socket` without one 426.
 */
export interface Origin extends AsyncDisposable {
  readonly url: URL;
  readonly requests: number;
  /** The next request for `/held`. */
  held(): Promise<Held>;
  /** Resolves when no connection is open any more. */
  deserted(): Promise<void>;
}

export async function startOrigin(): Promise<Origin> {
  let requests = 0;
  const arrived: Held[] = [];
  const waiting: ((held: Held) => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 }, async (request, response) => {
    requests += 1;
    const count = requests;
    const path = request.url?.split('?', 1)[0];
    if (path === '/held') {
      const held = { request, response };
      const taker = waiting.shift();
      if (taker) taker(held);
      else arrived.push(held);
    } else if (path === '/socket') {
      response.setHeader('Connection', 'Upgrade');
      response.setHeader('Upgrade', 'websocket');
      response.writeHead(426, { 'Content-Length': 0 });
      response.end();
    } else if (path === '/given') {
      const { status = '200', ...headers } = Object.fromEntries(
        new URL(request.url ?? '', 'http://any').searchParams,
      );
      const length = status === '204' ? {} : { 'Content-Length': 0 };
      response.writeHead(Number(status), { 'X-Count': count, ...length, ...headers });
      response.end();
    } else {
      const { httpVersion, method, url, headers } = request;
      const body = JSON.stringify({ httpVersion, method, url, headers, body: await text(request), count });
      response.writeHead(200, { 'Content-Length': Buffer.byteLength(body), 'Cache-Control': 'no-store' });
      response.end(body);
    }
  });
  server.on('upgrade', (_request, socket) => {
    requests += 1;
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return {
    url: new URL(`http://127.0.0.1:${address.port}`),
    get requests() {
      return requests;
    },
    held: () => {
      const held = arrived.shift();
      return held ? Promise.resolve(held) : new Promise((resolve) => waiting.push(resolve));
    },
    async deserted() {
      await Promise.all([...sockets].map((socket) => socket.closed || once(socket, 'close')));
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
