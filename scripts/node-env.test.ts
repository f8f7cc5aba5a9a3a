import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, createGzip, deflateSync, gzipSync, constants as zlib } from 'node:zlib';
import { generate } from 'selfsigned';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createNodeEnv, type NodeEnvOptions } from './node-env.ts';
import { startInProcess } from './testing/in-process.ts';

const now = (): number => performance.timeOrigin + performance.now();

test('to close a WebSocket whose server is gone takes a second, not half a minute', async () => {
  const sockets = new Set<Socket>();
  // Answers the upgrade, and then nothing, like a machine that has lost its network.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('data', (data) => {
      const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(data.toString())?.[1];
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.write(Buffer.from('8105', 'hex'));
      socket.write('hello');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const env = createNodeEnv({ now });
  const begun = performance.now();
  await new Promise<void>((resolve) => {
    const socket = env.openSocket(`ws://127.0.0.1:${port}/`, {
      text: () => socket.close(),
      closed: () => resolve(),
    });
  });
  expect(performance.now() - begun).toBeLessThan(5000);
  for (const socket of sockets) socket.destroy();
  server.close();
  await env.close();
});

test('a WebSocket is text and bytes, each as it was sent; without a protocol in common there is none', async () => {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (protocols) => protocols.has('echo') && 'echo',
  });
  server.on('connection', (peer) => {
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = createNodeEnv({ now });
  const converse = (protocols: readonly string[]) =>
    new Promise<{ seen: unknown[]; code: number }>((resolve) => {
      const seen: unknown[] = [];
      const see = (data: unknown): void => {
        seen.push(data);
        if (seen.length === 3) socket.close();
      };
      const socket = env.openSocket(
        `ws://127.0.0.1:${port}/`,
        {
          text: see,
          bytes: see,
          opened() {
            socket.send('text');
            socket.send(new Uint8Array([1, 2, 3]));
            socket.send('');
          },
          closed: (code) => resolve({ seen, code }),
        },
        protocols,
      );
    });
  expect(await converse(['other', 'echo'])).toEqual({
    seen: ['text', new Uint8Array([1, 2, 3]), ''],
    code: 1005,
  });
  expect(await converse(['other'])).toEqual({ seen: [], code: 1006 });
  server.close();
  await env.close();
});

test('nobody there is an end, not an exception', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  const env = createNodeEnv({ now });
  await new Promise((resolve) => {
    env.openSocket(`ws://127.0.0.1:${port}/`, { text: () => undefined, closed: resolve });
  });
  await new Promise((resolve) => {
    env.openEventStream(`http://127.0.0.1:${port}/`, [], { event: () => undefined, end: resolve });
  });
  await expect(
    env.fetch(`http://127.0.0.1:${port}/`, { signal: new AbortController().signal }),
  ).rejects.toThrow();
  await env.close();
});

const { signal } = new AbortController();

test('a page in place of a stream is no stream that has opened', async () => {
  await using server = await listening(
    createHttpServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('event: open\ndata: {}\n\n');
    }),
  );
  const env = createNodeEnv({ now });
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    env.openEventStream(`http://127.0.0.1:${server.port}/`, ['open'], {
      event: (name) => seen.push(name),
      opened: () => seen.push('opened'),
      end: () => resolve(),
    });
  });
  expect(seen).toEqual([]);
  await env.close();
});

/** Listens on a free port for as long as the block lasts. */
async function listening<S extends Server>(server: S): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function useEnv(options: Partial<NodeEnvOptions> = {}) {
  const env = createNodeEnv({ now, ...options });
  return { ...env, [Symbol.asyncDispose]: () => env.close() };
}

type UsedEnv = ReturnType<typeof useEnv>;

/** What happens to a socket until it is closed; one that opens is closed by what first comes over it. */
async function eventsOfSocket(env: UsedEnv, url: string): Promise<string[]> {
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    const socket = env.openSocket(url, {
      opened: () => events.push('opened'),
      refused: (status) => events.push(`refused ${status}`),
      text: (data) => {
        events.push(JSON.parse(data).control);
        socket.close();
      },
      closed: () => {
        events.push('closed');
        resolve();
      },
    });
  });
  return events;
}

/** The same of an event stream: its events until one is named `bye`, or its end. */
async function eventsOfStream(env: UsedEnv, url: string): Promise<string[]> {
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = env.openEventStream(url, ['open', 'bye'], {
      opened: () => events.push('opened'),
      event(name, data) {
        events.push(name === 'message' ? data : name);
        if (name !== 'bye') return;
        stop();
        resolve();
      },
      end: (problem) => {
        events.push(problem ? problem.code : 'end');
        resolve();
      },
    });
  });
  return events;
}

describe('what has happened on the way is told', () => {
  test('a handshake that is complete, and one that was answered by something else', async () => {
    await using lab = await startInProcess();
    await using env = useEnv();
    const url = lab.url.replace('http', 'ws');
    expect(await eventsOfSocket(env, `${url}/feeds/lab/websocket`)).toEqual(['opened', 'open', 'closed']);
    expect(await eventsOfSocket(env, `${url}/feeds/lab/sse`)).toEqual(['refused 404', 'closed']);
  });

  test('the head of a stream, before its first event; a refusal has none', async () => {
    await using server = await listening(
      createHttpServer((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(':\n\n');
        setTimeout(() => response.end('data: one\n\n'), 20);
      }),
    );
    await using lab = await startInProcess();
    await using env = useEnv();
    expect(await eventsOfStream(env, `http://127.0.0.1:${server.port}/`)).toEqual(['opened', 'one', 'end']);
    expect(await eventsOfStream(env, `${lab.url}/feeds/lab/sse?after=x`)).toEqual(['bad-cursor']);
  });

  test('all headers, by lower-case name', async () => {
    await using lab = await startInProcess();
    await using env = useEnv();
    const { headers } = await env.fetch(`${lab.url}/api/clock`, { signal });
    const all = new Map(headers.entries());
    expect(all.get('cache-control')).toBe('no-store');
    for (const [name, value] of all) expect(headers.get(name.toUpperCase())).toBe(value);
  });
});

/** A forward proxy in few lines: notes what it was asked, and lets CONNECT through to ports of its choice. */
async function startProxy(mayConnect: (target: string) => boolean = () => true) {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { method, url = '', headers } = request;
    const onward = httpRequest(url, { method: method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.on('connect', ({ url = '' }, socket: Socket) => {
    asked.push(`CONNECT ${url}`);
    if (!mayConnect(url)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const onward = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [socket, onward]) one.on('error', () => undefined);
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  const listener = await listening(server);
  return {
    asked,
    proxy: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: listener[Symbol.asyncDispose],
  };
}

describe('through a forward proxy', () => {
  test('http is asked of the proxy itself, and WebSocket goes by CONNECT', async () => {
    await using lab = await startInProcess();
    await using hop = await startProxy();
    await using env = useEnv({ proxy: hop.proxy });
    const { host } = new URL(lab.url);
    const response = await env.fetch(`${lab.url}/api/clock?a=b`, { signal });
    expect(await response.json()).toHaveProperty('at');
    await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body: '{"type":"t"}' });
    const url = `${lab.url}/feeds/lab/sse?after=earliest&limit=1`;
    expect(await eventsOfStream(env, url)).toEqual([
      'opened',
      'open',
      expect.stringContaining('"seq":1'),
      'end',
    ]);
    expect(await eventsOfSocket(env, `ws://${host}/feeds/lab/websocket`)).toEqual([
      'opened',
      'open',
      'closed',
    ]);
    expect(hop.asked).toEqual([`GET ${lab.url}/api/clock?a=b`, `GET ${url}`, `CONNECT ${host}`]);
  });

  test('one that does not let CONNECT through says so with its status', async () => {
    await using lab = await startInProcess();
    await using hop = await startProxy(() => false);
    await using env = useEnv({ proxy: hop.proxy, insecure: true });
    const { host } = new URL(lab.url);
    expect(await eventsOfSocket(env, `ws://${host}/feeds/lab/websocket`)).toEqual(['refused 403', 'closed']);
    await expect(env.fetch(`https://${host}/`, { signal })).rejects.toThrow('403');
  });

  test('https goes by CONNECT', async () => {
    await using hop = await startProxy();
    await using origin = await startHttps((_request, response) => response.end('{"secret":true}'));
    await using env = useEnv({ proxy: hop.proxy, insecure: true });
    const response = await env.fetch(origin.url, { signal });
    expect(await response.json()).toEqual({ secret: true });
    expect(hop.asked).toEqual([`CONNECT ${new URL(origin.url).host}`]);
  });
});

async function startHttps(listener: RequestListener) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  const { port, [Symbol.asyncDispose]: dispose } = await listening(
    createHttpsServer({ key, cert }, listener),
  );
  return { url: `https://127.0.0.1:${port}/`, [Symbol.asyncDispose]: dispose };
}

test('a certificate that nobody has signed passes where that was asked for, and only there', async () => {
  await using origin = await startHttps((_request, response) => response.end('{}'));
  await using strict = useEnv();
  await using insecure = useEnv({ insecure: true });
  await expect(strict.fetch(origin.url, { signal })).rejects.toThrow(/self-signed/);
  expect((await insecure.fetch(origin.url, { signal })).status).toBe(200);
  const url = origin.url.replace('https', 'wss');
  expect(await eventsOfSocket(strict, url)).toEqual(['closed']);
  expect(await eventsOfSocket(insecure, url)).toEqual(['refused 200', 'closed']);
});

describe('answers that were compressed on the way', () => {
  const text = '{"text":"compressed"}';
  const bodies: Record<string, Buffer> = {
    gzip: gzipSync(text),
    deflate: deflateSync(text),
    br: brotliCompressSync(text),
    'deflate, gzip': gzipSync(deflateSync(text)),
    unknown: Buffer.from(text),
  };
  const answer: RequestListener = ({ url = '', headers }, response) => {
    const coding = decodeURIComponent(url.slice(1));
    const asked = headers['accept-encoding'];
    if (asked === undefined) return response.end('{"text":"plain"}');
    response.writeHead(200, { 'Content-Encoding': coding, 'X-Asked': asked }).end(bodies[coding]);
    return undefined;
  };

  test.each(['gzip', 'deflate', 'br', 'deflate, gzip'])('%s is decoded, and can be told', async (coding) => {
    await using server = await listening(createHttpServer(answer));
    await using env = useEnv({ compressed: true });
    const url = `http://127.0.0.1:${server.port}/${encodeURIComponent(coding)}`;
    const response = await env.fetch(url, { signal, headers: { Accept: 'application/json' } });
    expect(response.headers.get('x-asked')).toBe('gzip, deflate, br');
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(await response.json()).toEqual({ text: 'compressed' });
  });

  test('a coding that nobody asked for is an error; who does not ask gets none', async () => {
    await using server = await listening(createHttpServer(answer));
    await using env = useEnv({ compressed: true });
    await using plain = useEnv();
    const url = `http://127.0.0.1:${server.port}/unknown`;
    await expect((await env.fetch(url, { signal })).json()).rejects.toThrow('unknown');
    expect(await (await plain.fetch(url, { signal })).json()).toEqual({ text: 'plain' });
  });

  test('each event of a compressed stream comes when it was flushed, not at the end', async () => {
    await using server = await listening(
      createHttpServer((_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Content-Encoding': 'gzip' });
        const gzip = createGzip({ flush: zlib.Z_SYNC_FLUSH });
        gzip.pipe(response);
        gzip.write('data: one\n\n');
        gzip.write('event: bye\ndata: {}\n\n'); // and stays open
      }),
    );
    await using env = useEnv({ compressed: true });
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await eventsOfStream(env, url)).toEqual(['opened', 'one', 'bye']);
  });
});
