import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLoad, type Load } from './load.ts';
import { ROSTER } from './roster.ts';
import { listenOn } from './serve.ts';
import { type PeerSubject, peerTrials } from './trial.ts';

let sockets: Set<Socket>;
let server: ReturnType<typeof createServer>;
let load: Load;
let port: number;

beforeEach(async () => {
  sockets = new Set();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // a close follows
    socket.on('close', () => sockets.delete(socket));
    socket.write('ready\r\n\r\n');
  });
  port = await listenOn(server);
  load = createLoad();
});
afterEach(async () => {
  await load[Symbol.asyncDispose]();
  await new Promise((resolve) => server.close(resolve));
});

async function connectThree(): Promise<number> {
  const sink = await load.take();
  await sink.call('open', { port, dialect: { kind: 'raw' } });
  await sink.call('connect', 3);
  expect(sockets.size).toBe(3);
  return sink.pid;
}

test('the load goes from trial to trial, without its connections', async () => {
  const pid = await connectThree();
  await load.giveBack({ failed: false });
  await expect.poll(() => sockets.size).toBe(0);
  expect(await connectThree()).toBe(pid);
});

test('a load that has seen a trial fail is ended', async () => {
  const pid = await connectThree();
  await load.giveBack({ failed: true });
  await expect.poll(() => sockets.size).toBe(0);
  expect(await connectThree()).not.toBe(pid);
});

test('a load that cannot do what it is told is a trial without figures, not the end of the run', async () => {
  const entry = ROSTER.find(({ lane }) => lane.id === 'raw')!;
  const course = { points: [], idle: [] };
  const subject: PeerSubject = {
    id: 'raw-sse',
    title: 'raw',
    estimateMs: 1,
    entry,
    transport: 'sse',
    dialect: entry.transports.sse!,
    course,
    courseIn: () => course,
    async measure({ sink }) {
      await sink.call('poll', 1);
      return [];
    },
  };
  const place = { block: 0, repetition: 0, position: 0, seed: 1 };
  const trial = await peerTrials(load)(subject, place, () => undefined, new AbortController().signal);
  expect(trial.outcome).toEqual({ state: 'failed', reason: 'This sink does not poll.' });
});
