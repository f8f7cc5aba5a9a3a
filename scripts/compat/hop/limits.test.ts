import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { dueTimes, probeSettings } from '../../../web/probe/settings.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { echo, startHop, tryUpgrade } from './test-hop.ts';
import { type Origin, startOrigin } from './test-origin.ts';

let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin();
});
afterAll(() => origin[Symbol.asyncDispose]());

// Both hops go by performance.now() and by no timer: hours pass here when a test says so.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('rate-limit', () => {
  test('after 25 requests 429 with Retry-After, for that URL only, upgrades among them', async () => {
    await using hop = await startHop('rate-limit', origin);
    await using client = new RawClient(hop.baseUrl);
    for (let i = 0; i < 25; i++) await echo(hop, `/echo?after=${i}`);
    client.get('/echo');
    expect(await client.response()).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    expect(await tryUpgrade(hop, '/echo')).toBe(429);
    expect(await tryUpgrade(hop)).toBe(101);
    vi.advanceTimersByTime(5001);
    await echo(hop);
    await expect(echo(hop)).rejects.toThrow('429');
  });

  describe.each([1, 0.05])('at time scale %d', (timeScale) => {
    const settings = probeSettings(timeScale, ['short-poll', 'long-poll'], ['polite']);
    const due = dueTimes(settings);
    const endMs = due.at(-1) ?? 0;

    /** Asks at these times, ms, and says how many were refused. */
    async function ask(times: readonly number[]): Promise<number> {
      await using hop = await startHop('rate-limit', origin, timeScale);
      await using client = new RawClient(hop.baseUrl);
      let nowMs = 0;
      let refused = 0;
      for (const at of times) {
        vi.advanceTimersByTime(at - nowMs);
        nowMs = at;
        client.get('/echo');
        if ((await client.response()).status === 429) refused += 1;
      }
      return refused;
    }

    test('a probe’s short poll is refused', async () => {
      const polls = Math.floor(endMs / settings.intervalMs);
      expect(await ask(Array.from({ length: polls }, (_, i) => i * settings.intervalMs))).toBeGreaterThan(5);
    });

    test('its long poll is not', async () => {
      // The first is held for a second; the next follow each message, and a hold that has come to its end.
      const asked = [0];
      let holdMs = 1000;
      for (const end of due) {
        let last = asked.at(-1) ?? 0;
        while (last + holdMs < end) {
          last += holdMs;
          asked.push(last);
          holdMs = settings.holdMs.polite;
        }
        asked.push(end);
      }
      expect(await ask(asked)).toBe(0);
    });
  });
});

describe('cache', () => {
  /** Asks twice for the same, `afterMs` apart; resolves with what came the second time, and whether it is the first again. */
  async function askTwice(query: string, afterMs = 0, headers: Readonly<Record<string, string>> = {}) {
    await using hop = await startHop('cache', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get(`/given?${query}`, headers);
    const first = await client.response();
    vi.advanceTimersByTime(afterMs);
    client.get(`/given?${query}`, headers);
    const second = await client.response();
    return { ...second, kept: second.headers['x-count'] === first.headers['x-count'] };
  }

  test.each([200, 204])('%d is given again for 120 s, and says its age', async (status) => {
    expect(await askTwice(`status=${status}`, 119_000)).toMatchObject({
      status,
      kept: true,
      headers: { age: '119' },
    });
    expect(await askTwice(`status=${status}`, 121_000)).toMatchObject({ status, kept: false });
  });

  test.each([
    'status=404',
    'Cache-Control=no-store',
    'Cache-Control=max-age%3D5',
    'Vary=Origin',
    'Set-Cookie=a%3Db',
  ])('an answer with %s is not kept', async (query) => {
    expect(await askTwice(query)).toMatchObject({ kept: false });
  });

  test.each([{ 'Cache-Control': 'no-store' }, { Authorization: 'Bearer 1' }])(
    'asked with %j, nothing is kept nor given',
    async (headers) => {
      expect(await askTwice('', 0, headers)).toMatchObject({ kept: false });
    },
  );

  test('a page that asks with no-cache is given what is kept all the same', async () => {
    const headers = { 'Cache-Control': 'no-cache', Pragma: 'no-cache' };
    expect(await askTwice('', 0, headers)).toMatchObject({ kept: true });
  });

  test('another URL is another answer', async () => {
    await using hop = await startHop('cache', origin);
    await using client = new RawClient(hop.baseUrl);
    client.get('/given?after=1');
    const first = await client.response();
    client.get('/given?after=2');
    expect((await client.response()).headers['x-count']).not.toBe(first.headers['x-count']);
  });

  test('a body is given again as it was; one that was cut is not kept', async () => {
    await using hop = await startHop('cache', origin);
    {
      await using client = new RawClient(hop.baseUrl);
      client.get('/held');
      const { response } = await origin.held();
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('half', () => response.destroy());
      await client.closed();
    }
    await using client = new RawClient(hop.baseUrl);
    client.get('/held');
    const { response } = await origin.held();
    response.writeHead(200, { 'Content-Length': 10 }).end('halves two');
    expect(await client.response()).toMatchObject({ body: 'halves two' });
    client.get('/held');
    expect(await client.response()).toMatchObject({ status: 200, body: 'halves two' });
  });
});
