import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient, type RawResponse } from '../scripts/testing/raw-client.ts';

const HEARTBEAT_MS = 50;
const ON_THE_WAY = ['cache-control', 'x-content-type-options', 'x-accel-buffering'] as const;

/** What an answer's head says to those on its way. */
function saidOnTheWay({ headers }: RawResponse): Record<string, string> {
  return Object.fromEntries(ON_THE_WAY.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
}

const NOSNIFF = { 'x-content-type-options': 'nosniff' };
const POLL = { 'cache-control': 'no-store', ...NOSNIFF };
const STREAM = { 'cache-control': 'no-store, no-transform', ...NOSNIFF, 'x-accel-buffering': 'no' };

describe.each([
  { server: 'polite', flags: [], ask: '&manners=naive' },
  { server: 'naive', flags: ['--naive'], ask: '&manners=polite' },
] as const)('a $server server', ({ server, flags, ask }) => {
  let lab: InProcessLab;
  beforeAll(async () => {
    lab = await startInProcess(['--heartbeat-ms', String(HEARTBEAT_MS), ...flags]);
  });
  afterAll(() => lab.close());

  const head = async (path: string): Promise<RawResponse> => {
    await using raw = new RawClient(lab.url);
    raw.get(path);
    return await raw.head();
  };
  const other = server === 'polite' ? 'naive' : 'polite';

  test('has its own manners where it is asked for none, and the other ones on request', async () => {
    for (const [path, polite] of [
      ['/feeds/lab/short-poll?', POLL],
      ['/feeds/lab/long-poll?', POLL],
      ['/feeds/lab/sse?', STREAM],
    ] as const) {
      const expected = { polite, naive: {} };
      expect(saidOnTheWay(await head(path))).toEqual(expected[server]);
      expect(saidOnTheWay(await head(path + ask))).toEqual(expected[other]);
    }
  });

  test('a poll without news has them as well', async () => {
    const cursor = JSON.parse(await (await fetch(`${lab.url}/feeds/lab/short-poll`)).text()).cursor;
    const none = await head(`/feeds/lab/short-poll?after=${cursor}&manners=${server}`);
    expect(none.status).toBe(204);
    expect(saidOnTheWay(none)).toEqual(server === 'polite' ? POLL : {});
  });

  test.each(['polite', 'naive'] as const)(
    '%s streams do or do not show that they are alive',
    async (manners) => {
      await using sse = new RawClient(lab.url);
      sse.get(`/feeds/lab/sse?manners=${manners}`);
      await using ws = new RawClient(lab.url);
      ws.upgrade(`/feeds/lab/websocket?manners=${manners}`);
      await Promise.all([sse.head(), ws.head()]);
      await ws.takeFrame();
      await sse.take('event: open');
      await sse.take('\n\n');
      if (manners === 'polite') {
        await sse.until((text) => text.length > 0);
        await ws.until((text) => text.length > 0);
        return;
      }
      // Another stream's heartbeats say when theirs would have come.
      await using beating = new RawClient(lab.url);
      beating.get('/feeds/lab/sse?manners=polite');
      for (let beat = 0; beat < 4; beat++) await beating.take('\n\n');
      expect([sse.text, ws.text]).toEqual(['', '']);
    },
  );
});

describe('a naive long poll', () => {
  test('is held for an hour where nothing comes, and answers as soon as something does', async () => {
    await using lab = await startInProcess(['--naive']);
    const cursor = JSON.parse(await (await fetch(`${lab.url}/feeds/lab/short-poll`)).text()).cursor;
    const setTimeout = vi.spyOn(globalThis, 'setTimeout');
    const held = ['', '&wait=3600', '&wait=1800'].map((wait) =>
      fetch(`${lab.url}/feeds/lab/long-poll?after=${cursor}${wait}`),
    );
    const holds = (): number[] => setTimeout.mock.calls.flatMap(([, ms = 0]) => (ms >= 1_800_000 ? ms : []));
    await vi.waitUntil(() => holds().length >= 3);
    expect(holds().sort()).toEqual([1_800_000, 3_600_000, 3_600_000]);
    vi.restoreAllMocks();
    await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body: '{"type":"t"}' });
    for (const response of await Promise.all(held)) expect((await response.json()).messages).toHaveLength(1);
  });
});

describe('HTTP/1.0, as some hops speak it', () => {
  const ask = async (lab: InProcessLab, path: string): Promise<RawClient> => {
    const raw = new RawClient(lab.url);
    raw.send(`GET ${path} HTTP/1.0\r\nHost: lab\r\n\r\n`);
    return raw;
  };

  test('polls are answered, and the connection ends', async () => {
    await using lab = await startInProcess();
    for (const name of ['short-poll', 'long-poll']) {
      await using raw = await ask(lab, `/feeds/lab/${name}`);
      const { status, headers, body } = await raw.response();
      expect(status).toBe(200);
      expect(headers['transfer-encoding']).toBeUndefined();
      expect(JSON.parse(body).messages).toEqual([]);
      await raw.closed();
    }
  });

  test('a stream comes as it is, without chunks, for as long as it lasts', async () => {
    await using lab = await startInProcess();
    await using raw = await ask(lab, '/feeds/lab/sse?limit=1');
    const { status, headers } = await raw.head();
    expect(status).toBe(200);
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(headers['connection']).toBe('close');
    expect(await raw.take('\n\n')).toMatch(/^retry: /);
    await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body: '{"type":"t"}' });
    expect(await raw.take('\n\n')).toMatch(/^id: \S+-1\ndata: \{"seq":1,/);
    await raw.closed();
    expect(raw.text).toBe('');
  });
});
