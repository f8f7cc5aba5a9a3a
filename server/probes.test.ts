import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import { Feed } from './feed/feed.ts';
import { createMemoryBus } from './feed/memory-bus.ts';
import { createProbes, type Probes, parseProbePlan } from './probes.ts';
import { SightingBook } from './sightings.ts';
import {
  type Echo,
  type Message,
  openEnvelope,
  type PollAnswer,
  type ProbeSightings,
  type ProbeStarted,
  type Sighting,
  type Stats,
} from './wire.ts';

const MINUTE_MS = 60_000;

describe('a plan', () => {
  test('is so many times that none lies before its predecessor', () => {
    for (const dueMs of [[0], [0, 0, 1.5, 600_000], Array.from({ length: 100 }, (_, i) => i)]) {
      expect(parseProbePlan({ dueMs })).toEqual({ dueMs });
    }
  });

  test.each([
    [[], 'dueMs has 0'],
    [Array.from({ length: 101 }, () => 0), 'dueMs has 101'],
    [[-1], 'dueMs[0] = -1'],
    [[0, 600_001], 'dueMs[1] = 600001'],
    [[5, 4], 'dueMs[1] = 4'],
    [['1'], 'dueMs[0] = "1"'],
    [[null], 'dueMs[0] = null'],
  ])('%j is refused, with what is wrong in the words', (dueMs, words) => {
    expect(() => parseProbePlan({ dueMs })).toThrow(
      expect.objectContaining({ code: 'bad-value', message: expect.stringContaining(words) }),
    );
  });

  test.each([undefined, null, 7, [], {}, { dueMs: 7 }])('%j is refused: it is none', (body) => {
    expect(() => parseProbePlan(body)).toThrow(expect.objectContaining({ code: 'bad-value' }));
  });
});

describe('the bounds', () => {
  let feed: Feed;
  let probes: Probes;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime', 'Date', 'performance'] });
    const settings = {
      log: { messages: 100, bytes: 1e6 },
      coalesceMs: 0,
      topics: 1000,
      messageBytes: 1000,
    };
    const unexpected = (error: unknown): never => {
      throw error;
    };
    feed = new Feed(createMemoryBus(), settings, unexpected);
    probes = createProbes(feed, unexpected);
  });
  afterEach(() => {
    probes.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const start = (dueMs: readonly number[], address = '127.0.0.1') => probes.start({ dueMs }, address);

  test('64 at once; when the first is over there is room for another, and the refusal says when', () => {
    start([2 * MINUTE_MS], 'a');
    for (let i = 1; i < 64; i++) start([10 * MINUTE_MS], i < 32 ? 'a' : 'b');
    vi.advanceTimersByTime(MINUTE_MS);
    const refused = expect.objectContaining({
      code: 'too-many',
      retryAfterMs: expect.closeTo(MINUTE_MS, -1),
    });
    expect(() => start([0], 'c')).toThrow(refused);
    vi.advanceTimersByTime(MINUTE_MS + 1);
    start([0], 'c');
  });

  test('half of them may be one address’s: the others are not kept out', () => {
    for (let i = 0; i < 32; i++) start([MINUTE_MS], 'a');
    expect(() => start([0], 'a')).toThrow(expect.objectContaining({ code: 'too-many' }));
    start([0], 'b');
  });

  test('five minutes after its last message a probe is forgotten, and so is its topic', () => {
    const { topic } = start([0, MINUTE_MS]);
    vi.advanceTimersByTime(6 * MINUTE_MS - 10);
    expect(probes.sightings(topic)).toEqual({ sightings: [], leftOut: 0 });
    expect(feed.stats[topic]?.published).toBe(2);
    vi.advanceTimersByTime(20);
    expect(() => probes.sightings(topic)).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(feed.stats[topic]).toBeUndefined();
  });

  test('of those that are over so many are kept that all are 256, and none is taken from its readers', () => {
    const topics = Array.from({ length: 256 }, () => start([0]).topic);
    expect(() => start([0])).toThrow(
      expect.objectContaining({ code: 'too-many', retryAfterMs: expect.closeTo(1.5 * MINUTE_MS, -1) }),
    );
    vi.advanceTimersByTime(1.5 * MINUTE_MS + 1);
    topics.push(start([0]).topic, start([0]).topic);
    expect(Object.keys(feed.stats)).toEqual(topics.slice(-256));
  });

  test('once stopped, none is begun any more', () => {
    start([MINUTE_MS]);
    probes.stop();
    expect(() => start([0], 'c')).toThrow(expect.objectContaining({ code: 'draining' }));
  });
});

test('of many sightings the first and the newest of each transport are kept, and the rest counted', () => {
  const book = new SightingBook();
  const about = { manners: 'polite', httpVersion: '1.1', upgrade: false } as const;
  const ends = Array.from({ length: 1000 }, (_, at) =>
    book.add({ transport: at === 500 ? 'sse' : 'short-poll', at, ...about }),
  );
  ends.at(0)?.('answered', 2000);
  ends.at(0)?.('cut', 3000);
  const { sightings, leftOut } = book.read();
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  expect(sightings.map(({ at }) => at)).toEqual([...range(0, 50), 500, ...range(950, 1000)]);
  expect(leftOut).toBe(899);
  expect(sightings[0]).toMatchObject({ state: 'answered', endedAt: 2000 });
  expect(sightings[1]).toMatchObject({ state: 'in-progress', endedAt: null });
});

describe.each(['raw', 'express'])('--stack %s', (stack) => {
  let lab: InProcessLab;
  beforeAll(async () => {
    lab = await startInProcess(['--stack', stack, '--token', 'secret']);
  });
  afterAll(async () => {
    await lab.close();
    expect(lab.failures).toEqual([]);
  });

  const post = (body: unknown, headers: Record<string, string> = { Authorization: 'Bearer secret' }) =>
    fetch(`${lab.url}/api/probes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const start = async (dueMs: readonly number[]) => (await (await post({ dueMs })).json()) as ProbeStarted;
  const sightings = async (topic: string): Promise<readonly Sighting[]> =>
    ((await (await fetch(`${lab.url}/api/probes/${topic}`)).json()) as ProbeSightings).sightings;

  test('messages come when they are due, on a topic of their own', async () => {
    const dueMs = [0, 30, 30, 60];
    const response = await post({ dueMs });
    expect(response.status).toBe(201);
    const { topic, cursor, startedAt } = (await response.json()) as ProbeStarted;
    expect(topic).toMatch(/^probe-[0-9a-f]{24}$/);
    expect(Math.abs(startedAt - Date.now())).toBeLessThan(1000);
    const messages: Message[] = [];
    let after = cursor;
    while (messages.length < dueMs.length) {
      const answer = await fetch(`${lab.url}/feeds/${topic}/long-poll?after=${after}`);
      const page = (await answer.json()) as PollAnswer;
      messages.push(...page.messages.map(openEnvelope));
      after = page.cursor;
      expect(Date.now() + 5).toBeGreaterThan(messages.at(-1)?.at ?? 0);
    }
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    for (const [i, { at, type, data }] of messages.entries()) {
      expect(at).toBeCloseTo(startedAt + (dueMs[i] ?? Number.NaN), 2);
      expect(type).toBe('probe');
      expect(data).toHaveLength(120);
    }
    expect(new Set(messages.map(({ data }) => data)).size).toBe(dueMs.length);
  });

  test.each([
    ['without the token', { dueMs: [0] }, {}, 401, 'unauthorized'],
    ['out of range', { dueMs: [-1] }, undefined, 400, 'bad-value'],
  ])('%s none is begun', async (_what, body, headers, status, code) => {
    const response = await post(body, headers as Record<string, string> | undefined);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  test('a page whose proxy renames the host may begin one; what another site can send without asking begins none', async () => {
    const renamed = await post(
      { dueMs: [0] },
      { Authorization: 'Bearer secret', Origin: 'https://lab.example' },
    );
    expect(renamed.status).toBe(201);
    const foreign = { Authorization: 'Bearer secret', Origin: 'https://evil.example' };
    const plain = await post({ dueMs: [0] }, { ...foreign, 'Content-Type': 'text/plain' });
    expect(plain.status).toBe(400);
    const preflight = await fetch(`${lab.url}/api/probes`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://evil.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a topic without a probe has no sightings', async () => {
    for (const topic of ['lab', 'probe-000000000000000000000000', '..']) {
      const response = await fetch(`${lab.url}/api/probes/${topic}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not-found' });
    }
  });

  test('what reached the server is told: how it came, and how it ended', async () => {
    const { topic } = await start([0]);
    const sse = new RawClient(lab.url);
    sse.get(`/feeds/${topic}/sse?manners=naive`);
    await sse.take('event: open');
    await using bounded = new RawClient(lab.url);
    bounded.send(`GET /feeds/${topic}/sse?after=earliest&limit=1 HTTP/1.0\r\n\r\n`);
    await bounded.closed();
    await using stripped = new RawClient(lab.url);
    stripped.get(`/feeds/${topic}/websocket`);
    expect((await stripped.response()).status).toBe(426);
    const ws = new RawClient(lab.url);
    ws.upgrade(`/feeds/${topic}/websocket`);
    await ws.head();
    await using asking = new RawClient(lab.url);
    for (const name of ['websocket', 'sse', 'short-poll']) {
      asking.get(`/feeds/${topic}/${name}?diagnose=1${name === 'sse' ? '&after=earliest&limit=1' : ''}`);
    }
    asking.get(`/feeds/elsewhere/short-poll`);
    asking.get(`/feeds/${topic}/short-poll`);
    await vi.waitUntil(async () => (await sightings(topic)).length === 5);
    const began = await sightings(topic);
    for (const { at, state, endedAt } of began) {
      expect(Math.abs(at - Date.now())).toBeLessThan(5000);
      if (state === 'in-progress') expect(endedAt).toBeNull();
      else expect(endedAt).toBeGreaterThanOrEqual(at);
    }
    const seen = (list: readonly Sighting[]) => list.map(({ at, endedAt, ...rest }) => rest);
    const polite = { manners: 'polite', httpVersion: '1.1', upgrade: false } as const;
    const expected = [
      { ...polite, transport: 'sse', manners: 'naive', state: 'in-progress' },
      { ...polite, transport: 'sse', httpVersion: '1.0', state: 'answered' },
      { ...polite, transport: 'websocket', state: 'answered' },
      { ...polite, transport: 'websocket', upgrade: true, state: 'in-progress' },
      { ...polite, transport: 'short-poll', state: 'answered' },
    ];
    expect(seen(began)).toEqual(expected);
    sse.socket.destroy();
    ws.socket.destroy();
    await vi.waitUntil(async () => (await sightings(topic)).every(({ state }) => state !== 'in-progress'));
    expect(seen(await sightings(topic))).toEqual(
      expected.map((one) => (one.state === 'in-progress' ? { ...one, state: 'cut' } : one)),
    );
  });

  test('a browser of a page that is not allowed is refused its socket, and that is told too', async () => {
    const { topic } = await start([0]);
    await using raw = new RawClient(lab.url);
    raw.upgrade(`/feeds/${topic}/websocket`, { Origin: 'https://evil.example' });
    expect((await raw.response()).status).toBe(403);
    await vi.waitUntil(async () => (await sightings(topic))[0]?.state === 'answered');
  });

  test('the echo is the request as it came, but for its secrets', async () => {
    const headers = {
      'X-Forwarded-For': 'a',
      Via: '1.1 hop',
      Cookie: 'c',
      Authorization: 'x',
      'Proxy-Authorization': 'y',
      'X-Forwarded-Access-Token': 'z',
      'Cf-Access-Jwt-Assertion': 'z',
      'X-Api-Key': 'z',
    };
    const echo = await new Promise<Echo>((resolve, reject) => {
      request(`${lab.url}/api/echo`, { headers }, async (response) => {
        expect(response.headers['cache-control']).toBe('no-store');
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      })
        .on('error', reject)
        .end();
    });
    expect(echo).toEqual({
      httpVersion: '1.1',
      headers: {
        'x-forwarded-for': 'a',
        via: '1.1 hop',
        host: new URL(lab.url).host,
        connection: 'keep-alive',
      },
    });
  });

  test('no other topic is watched', async () => {
    await fetch(`${lab.url}/feeds/plain/short-poll`);
    const { topics } = (await (await fetch(`${lab.url}/api/stats`)).json()) as Stats;
    expect(topics['plain']).toBeDefined();
    expect((await fetch(`${lab.url}/api/probes/plain`)).status).toBe(404);
  });
});

test('a server that leaves takes its probes with it', async () => {
  const lab = await startInProcess();
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  try {
    for (let i = 0; i < 10; i++) {
      const response = await fetch(`${lab.url}/api/probes`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Connection: 'close' },
        body: '{"dueMs":[600000]}',
      });
      expect(response.status).toBe(201);
      await response.text();
    }
    const timers = set.mock.results.filter((_, i) => Number(set.mock.calls[i]?.[1]) > 500_000);
    expect(timers).toHaveLength(10);
    await lab.close();
    const gone = new Set(cleared.mock.calls.map(([timer]) => timer));
    expect(timers.filter(({ value }) => gone.has(value))).toHaveLength(10);
  } finally {
    vi.restoreAllMocks();
  }
});
