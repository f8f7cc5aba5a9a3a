import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../../scripts/testing/in-process.ts';
import { RawClient } from '../../scripts/testing/raw-client.ts';

const BURST = 50;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Publishes so many messages in one turn of the server's event loop: their frames come in one segment. */
async function publishBurst(lab: InProcessLab): Promise<void> {
  const raw = new RawClient(lab.url);
  raw.upgrade('/feeds/lab/websocket?mode=publish');
  await raw.head();
  await raw.takeFrame();
  raw.socket.cork();
  for (let id = 1; id <= BURST; id++)
    raw.frame(JSON.stringify({ id, publish: { type: 'burst', data: 'x'.repeat(99) } }));
  raw.socket.uncork();
  for (let id = 1; id <= BURST; id++) await raw.takeFrame();
  raw.socket.destroy();
}

function untilMessages(socket: WebSocket, count: number): Promise<void> {
  let arrived = 0;
  return new Promise((resolve) => {
    socket.on('message', () => {
      arrived += 1;
      if (arrived === count) resolve();
    });
  });
}

/** What is written to sockets meanwhile: text with `mark` in it, or bytes that begin with it. */
async function writesOf(mark: string | Buffer, meanwhile: () => Promise<void>): Promise<readonly unknown[]> {
  const write = vi.spyOn(Socket.prototype, 'write');
  await meanwhile();
  const written = write.mock.calls.map(([data]) => data as unknown);
  write.mockRestore();
  return written.filter(
    (data) =>
      data instanceof Buffer &&
      (typeof mark === 'string' ? data.includes(mark) : data.subarray(0, mark.length).equals(mark)),
  );
}

describe('what one turn publishes leaves as one write per socket', () => {
  test('SSE: of the same bytes for every subscriber', async () => {
    await using lab = await startInProcess();
    const subscribers = Array.from({ length: 3 }, () => new RawClient(lab.url));
    for (const raw of subscribers) {
      raw.get('/feeds/lab/sse');
      await raw.take('event: open');
      await raw.take('\n\n');
    }
    const writes = await writesOf('"type":"burst","data"', async () => {
      await publishBurst(lab);
      for (const raw of subscribers) for (let i = 0; i < BURST; i++) await raw.take('\n\n');
    });
    expect(writes).toHaveLength(subscribers.length);
    expect(new Set(writes).size).toBe(1);
    for (const raw of subscribers) raw.socket.destroy();
  });

  test.each([
    { how: 'plain', flags: [], headers: {}, mark: '"type":"burst","data"' },
    {
      how: 'compressed',
      flags: ['--deflate'],
      headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
      mark: Buffer.from([0xc1]),
    },
  ])('WebSocket, $how: of the same bytes for every subscriber', async ({ flags, headers, mark }) => {
    await using lab = await startInProcess(flags);
    const subscribers = Array.from({ length: 3 }, () => new RawClient(lab.url));
    for (const raw of subscribers) {
      raw.upgrade('/feeds/lab/websocket', headers);
      await raw.head();
      await raw.takeFrame();
    }
    const writes = await writesOf(mark, async () => {
      await publishBurst(lab);
      for (const raw of subscribers) for (let i = 0; i < BURST; i++) await raw.takeFrame();
    });
    expect(writes).toHaveLength(subscribers.length);
    expect(new Set(writes).size).toBe(1);
    for (const raw of subscribers) raw.socket.destroy();
  });
});

test('shared bytes are the same after everybody has had them as before', async () => {
  await using lab = await startInProcess(['--deflate']);
  const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const handed = new Map<Buffer, string>();
  const note = (data: unknown) => {
    if (data instanceof Buffer && !handed.has(data)) handed.set(data, hashOf(data));
  };
  for (const [prototype, method] of [
    [Socket.prototype, 'write'],
    [ServerResponse.prototype, 'end'],
  ] as const) {
    const original = prototype[method] as (...all: unknown[]) => unknown; // whatever it is called with
    vi.spyOn(prototype, method).mockImplementation(function (this: unknown, ...all: unknown[]) {
      note(all[0]);
      return original.apply(this, all) as never;
    });
  }
  const path = '/feeds/lab';
  const { cursor } = (await (await fetch(`${lab.url}${path}/short-poll`)).json()) as { cursor: string };
  const sockets = [true, true, false, false].map(
    (perMessageDeflate) => new WebSocket(`${lab.url}${path}/websocket`, { perMessageDeflate }),
  );
  const streams = [1, 2].map(() => new RawClient(lab.url));
  for (const raw of streams) raw.get(`${path}/sse?after=${cursor}`);
  const framed = sockets.map((socket) => untilMessages(socket, 1 + BURST));
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  const held = [1, 2].map(() => fetch(`${lab.url}${path}/long-poll?after=${cursor}`));
  await publishBurst(lab);
  for (const raw of streams) await raw.take(`"seq":${BURST},`);
  await Promise.all(framed);
  for (const answer of await Promise.all(held)) await answer.json();
  for (let i = 0; i < 2; i++) await (await fetch(`${lab.url}${path}/short-poll?after=${cursor}`)).json();
  for (const socket of sockets) socket.terminate();
  for (const raw of streams) raw.socket.destroy();
  const shared = [...handed].filter(([bytes]) => bytes.includes('"type":"burst"') || bytes[0] === 0xc1);
  expect(shared.length).toBeGreaterThanOrEqual(4); // an encoding each, at the least
  for (const [bytes, hash] of shared) expect(hashOf(bytes)).toBe(hash);
});

describe('after a time of silence', () => {
  const heartbeat = ['--heartbeat-ms', '50'];

  test('SSE gets a beat that has no id, again and again', async () => {
    await using lab = await startInProcess(heartbeat);
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/sse');
    await raw.head();
    expect(await raw.take('\n\n')).toMatch(/^data: \{"cursor":"[^"]+","heartbeatMs":50\}$/m);
    for (let i = 0; i < 3; i++) {
      expect(await raw.take('\n\n')).toBe('event: beat\ndata: {}\n\n');
    }
  });

  test('WebSocket gets a ping and a beat; a peer that answers stays', async () => {
    await using lab = await startInProcess(heartbeat);
    const socket = new WebSocket(`${lab.url}/feeds/lab/websocket`);
    const frames: unknown[] = [];
    socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    socket.on('ping', () => frames.push('ping'));
    while (frames.length < 9) await once(socket, 'message');
    const beats = Array.from({ length: 4 }, () => ['ping', { control: 'beat' }]).flat();
    expect(frames).toEqual([{ control: 'open', cursor: expect.any(String), heartbeatMs: 50 }, ...beats]);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  test('WebSocket: a peer that does not answer is cut off', async () => {
    await using lab = await startInProcess(heartbeat);
    await using raw = new RawClient(lab.url);
    raw.upgrade('/feeds/lab/websocket');
    await raw.head();
    expect((await raw.takeFrame()).opcode).toBe(1);
    expect((await raw.takeFrame()).opcode).toBe(9);
    await raw.closed();
  });
});

describe('?limit', () => {
  test.each([1, 3])('ends the stream after %i messages, even if there are more', async (limit) => {
    await using lab = await startInProcess();
    await publishBurst(lab);
    const response = await fetch(`${lab.url}/feeds/lab/sse?after=earliest&limit=${limit}`);
    expect((await response.text()).match(/"seq":\d+/g)).toEqual(
      Array.from({ length: limit }, (_, i) => `"seq":${i + 1}`),
    );
  });
});

test('an EventSource that reconnects by itself goes on from its last event, whatever its URL says', async () => {
  await using lab = await startInProcess();
  await publishBurst(lab);
  const url = `${lab.url}/feeds/lab/sse?after=earliest&limit=1`;
  const id = /^id: (.+-1)$/m.exec(await (await fetch(url)).text())?.[1] ?? '';
  const text = await (await fetch(url, { headers: { 'Last-Event-ID': id } })).text();
  expect(text).toContain('"seq":2');
  expect(text).not.toContain('"seq":1,');
});
