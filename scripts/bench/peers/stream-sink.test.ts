import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { peerMessage } from './message.ts';
import { listenOn } from './serve.ts';
import { StreamSink } from './stream-sink.ts';

const WITHIN_MS = 200;

let sockets: Socket[];
let server: ReturnType<typeof createServer>;
let sink: StreamSink;

beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined); // a close follows
    socket.write('ready\r\n\r\n');
  });
  sink = new StreamSink(await listenOn(server), { kind: 'raw' });
  await sink.resize(3);
  await sink.quiet();
  sink.mark(false);
});
afterEach(async () => {
  await sink.resize(0);
  await new Promise((resolve) => server.close(resolve));
});

function publish(seq: number): void {
  const json = JSON.stringify(peerMessage(seq));
  for (const socket of sockets) socket.write(json);
}

test('what all have received is counted, and in order', async () => {
  publish(10_000);
  publish(10_001);
  const { bytes, violations } = await sink.settle(2, WITHIN_MS);
  expect(violations).toEqual([]);
  expect(bytes).toBe(3 * 2 * 120);
});

test('a message too few is refused', async () => {
  publish(10_000);
  const { violations } = await sink.settle(2, WITHIN_MS);
  expect(violations).toEqual(['1 of 2 messages reached the socket that is read']);
});

test('a message too many is refused', async () => {
  publish(10_000);
  publish(10_001);
  await sink.quiet();
  expect((await sink.settle(1, WITHIN_MS)).violations).toHaveLength(1);
});

test('a socket that has received other bytes than the one that is read is refused', async () => {
  publish(10_000);
  sockets[2]!.write('x');
  await sink.quiet();
  expect((await sink.settle(1, WITHIN_MS)).violations).toEqual([
    expect.stringMatching(/^1 of 3 sockets received another number of bytes than the 120 expected/),
  ]);
});

test('a socket that was closed is refused', async () => {
  publish(10_000);
  sockets[1]!.end();
  await sink.quiet();
  expect((await sink.settle(1, WITHIN_MS)).violations).toContain('a socket was closed');
});

test('times are those of the messages, on every socket', async () => {
  sink.mark(true);
  const json = JSON.stringify(peerMessage(10_000, peerMessage(0).at - 50));
  for (const socket of sockets) socket.write(json);
  const { quantilesMs } = await sink.settle(1, WITHIN_MS);
  expect(quantilesMs?.p50).toBeGreaterThan(50);
  expect(quantilesMs?.p50).toBeLessThan(5000);
});
