import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import { parseWorkload } from './api.ts';
import { type ClockReading, type Stats, TRAFFIC_NAMES, TRANSPORT_NAMES, type Workload } from './wire.ts';

const SETTINGS: Workload = {
  topic: 'lab',
  ratePerSecond: 2,
  payloadBytes: 120,
  kind: 'text',
  arrival: 'poisson',
  seed: 1,
};
const FRIEND = 'https://friend.example';

describe('the settings of the synthetic publisher', () => {
  test('what is not given stays as it is', () => {
    expect(parseWorkload({ ratePerSecond: 0.5 }, SETTINGS)).toEqual({ ...SETTINGS, ratePerSecond: 0.5 });
    expect(parseWorkload({}, SETTINGS)).toEqual(SETTINGS);
  });

  test.each([
    ['topic', 'No Topic'],
    ['topic', 7],
    ['ratePerSecond', -1],
    ['ratePerSecond', 10_001],
    ['ratePerSecond', '5'],
    ['ratePerSecond', null],
    ['payloadBytes', 1.5],
    ['payloadBytes', 1024 ** 2 + 1],
    ['arrival', 'bursty'],
    ['seed', 2 ** 32],
    ['rate', 5],
    ['__proto__', 5],
    ['constructor', 5],
  ])('%s = %j is refused, with both in the words', (field, value) => {
    const body = JSON.parse(`{${JSON.stringify(field)}:${JSON.stringify(value)}}`);
    expect(() => parseWorkload(body, SETTINGS)).toThrow(
      expect.objectContaining({ code: 'bad-value', message: expect.stringContaining(`${field} = `) }),
    );
  });

  test.each([undefined, null, 7, 'x', [[]]])('%j is refused: it is no object', (body) => {
    expect(() => parseWorkload(body, SETTINGS)).toThrow(expect.objectContaining({ code: 'bad-value' }));
  });
});

describe.each(['raw', 'express'])('--stack %s', (stack) => {
  let lab: InProcessLab;
  beforeAll(async () => {
    lab = await startInProcess(['--stack', stack, '--allow-origin', FRIEND]);
  });
  afterAll(() => lab.close());

  const get = async <T>(path: string): Promise<T> => (await (await fetch(lab.url + path)).json()) as T;

  test('the clock tells one instant twice, and never goes backwards', async () => {
    const first = await get<ClockReading>('/api/clock');
    const second = await get<ClockReading>('/api/clock');
    expect(Math.abs(first.at - (performance.timeOrigin + performance.now()))).toBeLessThan(1000);
    expect(second.at).toBeGreaterThan(first.at);
    expect(second.at - first.at).toBeCloseTo(second.monotonicMs - first.monotonicMs, 2);
  });

  test('the synthetic publisher starts and stops when told to', async () => {
    const put = async (change: Partial<Workload>): Promise<Workload> => {
      const headers = { 'Content-Type': 'application/json' };
      const init = { method: 'PUT', headers, body: JSON.stringify(change) };
      return (await (await fetch(`${lab.url}/api/workload`, init)).json()) as Workload;
    };
    expect(await put({ ratePerSecond: 1000, topic: 'made-up' })).toMatchObject({ ratePerSecond: 1000 });
    expect(await get<Workload>('/api/workload')).toMatchObject({ ratePerSecond: 1000, topic: 'made-up' });
    const published = async () => (await get<Stats>('/api/stats')).topics['made-up']?.published ?? 0;
    while ((await published()) === 0);
    await put({ ratePerSecond: 0 });
    const { workload, topics } = await get<Stats>('/api/stats');
    expect(workload.published).toBe(topics['made-up']?.published);
    expect(workload.lagMaxMs).toBeGreaterThanOrEqual(0);
  });

  test('statistics have an account for every transport and for publishing', async () => {
    const { traffic, process: ofProcess } = await get<Stats>('/api/stats');
    expect(Object.keys(traffic)).toEqual([...TRAFFIC_NAMES]);
    expect(ofProcess.pid).toBe(process.pid);
  });

  test('Prometheus can read the same counts', async () => {
    const response = await fetch(`${lab.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await response.text();
    for (const name of TRANSPORT_NAMES) expect(text).toContain(`lab_requests_total{transport="${name}"}`);
  });

  test('it says that it is well', async () => {
    expect(await get('/healthz')).toEqual({ status: 'ok' });
  });

  test.each(['/', '/api/stats', '/no-such-page', '/results/lanes/results.json'])(
    '%s has the headers of a page',
    async (path) => {
      const { headers } = await fetch(lab.url + path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).not.toMatch(/unsafe/);
      expect(policy).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
      expect(policy).toContain(
        `connect-src 'self' ws://${new URL(lab.url).host} wss://${new URL(lab.url).host}`,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );

  test('a report runs what stands in it, by its hash, and nothing else', async () => {
    const response = await fetch(`${lab.url}/results/lanes/report.html`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).not.toMatch(/unsafe|'self'/);
    const [, script = ''] = /<script type="module">(.*?)<\/script>/s.exec(await response.text()) ?? [];
    expect(policy).toContain(createHash('sha256').update(script).digest('base64'));
  });

  test.each([
    '/results/../package.json',
    '/results/..%2fpackage.json',
    '/results/%2e%2e/package.json',
    '/results/..%5cpackage.json',
    '/results/lanes/..%2f..%2fREADME.md',
    '/..%2f..%2fetc/passwd',
    '/results/%00',
  ])('nothing outside is served by %s', async (path) => {
    // fetch would clear such a path up before it sent it.
    await using client = new RawClient(lab.url);
    client.get(path);
    const { status, body } = await client.response();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).not.toContain('transport-lab');
  });

  describe('other origins', () => {
    const preflight = (path: string, origin: string) =>
      fetch(lab.url + path, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
    const paths = [
      '/feeds/lab/messages',
      ...TRANSPORT_NAMES.map((name) => `/feeds/lab/${name}`),
      '/api/workload',
      '/api/probes',
      '/api/echo',
    ];

    test.each(paths)('a page that was allowed may use %s', async (path) => {
      const response = await preflight(path, FRIEND);
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe(FRIEND);
      expect(response.headers.get('access-control-allow-methods')).toContain('POST');
      expect(response.headers.get('vary')).toBe('Origin');
    });

    test.each(paths)('another page may not use %s', async (path) => {
      const response = await preflight(path, 'https://evil.example');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    });

    test('a page that was allowed can read refusals and when to come back', async () => {
      for (const path of [
        '/feeds/lab/pigeon',
        '/feeds/lab/sse?after=x',
        '/feeds/lab/sse?client=%20',
        '/api/x',
      ]) {
        const response = await fetch(lab.url + path, { headers: { Origin: FRIEND } });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.headers.get('access-control-allow-origin')).toBe(FRIEND);
        expect(response.headers.get('access-control-expose-headers')).toContain('Retry-After');
      }
    });
  });
});
