import { once } from 'node:events';
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
  for (let id = 1; id <= BURST; id++) raw.frame(JSON.stringify({ id, publish: { type: 'burst' } }));
  raw.socket.uncork();
  for (let id = 1; id <= BURST; id++) await raw.takeFrame();
  raw.socket.destroy();
}

describe('what one turn publishes leaves as one write per socket', () => {
  test('SSE: one chunk', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/sse');
    await raw.head();
    await raw.take('event: open');
    await raw.take('\r\n');
    await publishBurst(lab);
    const [size = '', chunk = ''] = (await raw.take('\n\n\r\n')).split(/(?<=^[0-9a-f]+)\r\n/);
    expect(chunk.match(/^data: /gm)).toHaveLength(BURST);
    expect(Number.parseInt(size, 16)).toBe(chunk.length - '\r\n'.length);
  });

  test('WebSocket: one write, of the same bytes for every subscriber', async () => {
    await using lab = await startInProcess();
    const subscribers = Array.from({ length: 3 }, () => new RawClient(lab.url));
    for (const raw of subscribers) {
      raw.upgrade('/feeds/lab/websocket');
      await raw.head();
      await raw.takeFrame();
    }
    const write = vi.spyOn(Socket.prototype, 'write');
    await publishBurst(lab);
    for (const raw of subscribers) for (let i = 0; i < BURST; i++) await raw.takeFrame();
    const writes = write.mock.calls.map(([data]) => data as unknown);
    const deliveries = writes.filter(
      (data) => data instanceof Buffer && data.includes('"type":"burst","data"'),
    );
    expect(deliveries).toHaveLength(subscribers.length);
    expect(new Set(deliveries).size).toBe(1);
    for (const raw of subscribers) raw.socket.destroy();
  });
});

describe('after a time of silence', () => {
  const heartbeat = ['--heartbeat-ms', '50'];

  test('SSE gets a beat that has no id, again and again', async () => {
    await using lab = await startInProcess(heartbeat);
    await using raw = new RawClient(lab.url);
    raw.get('/feeds/lab/sse');
    await raw.head();
    expect(await raw.take('\n\n\r\n')).toMatch(/^data: \{"cursor":"[^"]+","heartbeatMs":50\}$/m);
    for (let i = 0; i < 3; i++) {
      expect(await raw.take('\n\n\r\n')).toMatch(/^[0-9a-f]+\r\nevent: beat\ndata: \{\}\n\n\r\n$/);
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
