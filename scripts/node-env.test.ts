import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createNodeEnv } from './node-env.ts';

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
