import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import type { Stats } from './wire.ts';

let lab: InProcessLab;
beforeAll(async () => {
  lab = await startInProcess(['--token', 'secret', '--max-message-bytes', '1000']);
});
afterAll(() => lab.close());

/** Opens a WebSocket; `send` goes out as soon as it is open. Resolves with all frames and the close code. */
async function converse(
  path: string,
  send: readonly (string | Buffer)[] = [],
  headers: Record<string, string> = { Authorization: 'Bearer secret' },
): Promise<{ frames: Record<string, unknown>[]; code: number; socket: WebSocket }> {
  const socket = new WebSocket(lab.url + path, { headers });
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data: RawData) => {
    frames.push(JSON.parse(String(data)));
    if (frames.length === 1 + send.length) socket.close(4000);
  });
  socket.on('open', () => {
    for (const text of send) socket.send(text);
  });
  const [code] = await once(socket, 'close');
  return { frames, code, socket };
}

const draft = (id: unknown, publish: unknown, more = {}) => JSON.stringify({ publish, id, ...more });

describe('what concerns the connection is an error frame, then the fitting close code', () => {
  test.each([
    ['a cursor of no known form', '/feeds/lab/websocket?after=nonsense', 'bad-cursor', 1008],
    ['a topic out of form', '/feeds/No_Topic/websocket', 'bad-topic', 1008],
  ])('%s', async (_what, path, error, closeCode) => {
    const { frames, code } = await converse(path);
    expect(frames).toEqual([{ control: 'error', code: error, detail: expect.any(String) }]);
    expect(code).toBe(closeCode);
  });

  test.each([
    ['no JSON', '{', 'bad-message', 1007],
    ['no object', '[]', 'bad-message', 1007],
    ['null', 'null', 'bad-message', 1007],
    ['something else than publish', '{"subscribe":1,"id":1}', 'bad-message', 1007],
    ['no id', '{"publish":{"type":"t"}}', 'bad-message', 1007],
    ['an id that is no whole number', draft('1', { type: 't' }), 'bad-message', 1007],
    ['a frame too large', draft(1, { type: 't', data: 'x'.repeat(3000) }), 'too-large', 1009],
  ])('%s', async (_what, text, error, closeCode) => {
    const { frames, code } = await converse('/feeds/errors/websocket?mode=publish', [text, 'x']);
    expect(frames.at(-1)).toEqual({ control: 'error', code: error, detail: expect.any(String) });
    expect(code).toBe(closeCode);
  });

  test('a frame beyond all measure is cut off by its length alone', async () => {
    const { code } = await converse('/feeds/lab/websocket', ['x'.repeat(100_000)]);
    expect(code).toBe(1009);
  });
});

describe('what concerns one message is an error frame with its id, and the connection goes on', () => {
  test.each([
    ['a draft without a type', { data: 1 }, {}, 'bad-message'],
    ['a draft that is none', 7, {}, 'bad-message'],
    ['data too large', { type: 't', data: 'x'.repeat(1001) }, {}, 'too-large'],
    ['a wrong token', { type: 't' }, { token: 'x' }, 'unauthorized'],
  ])('%s', async (_what, publish, more, error) => {
    const sent = [draft(7, publish, more), draft(8, { type: 't', data: 1 })];
    const { frames, code } = await converse('/feeds/lab/websocket?mode=publish', sent);
    expect(frames.slice(1)).toEqual([
      { control: 'error', id: 7, code: error, detail: expect.any(String) },
      expect.objectContaining({ control: 'ack', id: 8 }),
    ]);
    expect(code).toBe(4000);
  });

  test('the token can come with the frame, where a browser cannot send it with the upgrade', async () => {
    const sent = [draft(1, { type: 't' }), draft(2, { type: 't' }, { token: 'secret' })];
    const { frames } = await converse('/feeds/lab/websocket?mode=publish', sent, {});
    expect(frames.slice(1)).toMatchObject([
      { code: 'unauthorized', id: 1 },
      { control: 'ack', id: 2 },
    ]);
  });
});

describe('an upgrade that is refused is answered in HTTP, and the socket closed', () => {
  test.each([
    ['another page', '/feeds/lab/websocket', { Origin: 'https://evil.example' }, 403, 'forbidden-origin'],
    [
      'a rebound name',
      '/feeds/lab/websocket',
      { Origin: 'http://evil.example', Host: 'evil.example' },
      403,
      'forbidden-origin',
    ],
    ['no such feed', '/feeds/lab/pigeon', {}, 404, 'not-found'],
    ['a transport without upgrade', '/feeds/lab/sse', {}, 404, 'not-found'],
    ['no feed at all', '/api/stats', {}, 404, 'not-found'],
  ])('%s', async (_what, path, headers, status, code) => {
    await using raw = new RawClient(lab.url);
    raw.upgrade(path, headers);
    const response = await raw.response();
    expect(response.status).toBe(status);
    expect(JSON.parse(response.body).code).toBe(code);
    await raw.closed();
  });
});

test('a refused upgrade leaves no socket behind, even if the client never closes its side', async () => {
  await using own = await startInProcess();
  const socket = connect({ port: own.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write('GET /api/stats HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  socket.resume();
  await once(socket, 'end');
  const connections = async (): Promise<number> => {
    const response = await fetch(`${own.url}/api/stats`, { headers: { Connection: 'close' } });
    return ((await response.json()) as Stats).connections;
  };
  while ((await connections()) > 1); // the one that asks
  socket.destroy();
});

test('a publisher that reads no answers is not read from, instead of its acks piling up', async () => {
  await using raw = new RawClient(lab.url);
  raw.upgrade('/feeds/flood/websocket?mode=publish', { Authorization: 'Bearer secret' });
  await raw.head();
  raw.socket.pause();
  let id = 0;
  // Sends until the server reads no more: with its own buffers full, the socket takes nothing.
  while (raw.socket.writableLength < 4_000_000 && id < 400_000) {
    for (let i = 0; i < 2000; i++) raw.frame(draft(++id, { type: 't' }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(raw.socket.writableLength).toBeGreaterThanOrEqual(4_000_000);
});

test('nothing has failed within the server', () => {
  expect(lab.failures).toEqual([]);
});
