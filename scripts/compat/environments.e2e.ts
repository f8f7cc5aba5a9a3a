import { afterAll, beforeAll, expect, test } from 'vitest';
import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { EnvironmentResult } from '../../web/compat/schema.ts';
import { isUpgraded } from '../../web/probe/lanes.ts';
import { findChromium } from '../testing/chromium.ts';
import type { Environment } from './environment.ts';
import { runEnvironments } from './environment-run.ts';
import { loadEnvironments } from './load-environments.ts';
import { type PageHost, startPageHost } from './page-host.ts';
import { startPageServer } from './page-server.ts';
import { BROWSER_LANES } from './pages.ts';

let host: PageHost;
beforeAll(async () => {
  host = await startPageHost(findChromium()!);
});
afterAll(() => host?.[Symbol.asyncDispose]());

const quiet = { step: () => undefined, notice: () => undefined, signal: new AbortController().signal };

/** What works, by subject; the reason where none of it could be tried. */
function works({ state }: EnvironmentResult): unknown {
  if (state.state === 'failed') return state.reason;
  return Object.fromEntries(Object.entries(state.outcomes).map(([name, outcome]) => [name, outcome.works]));
}

function detail(result: EnvironmentResult | undefined, name: TransportName): string {
  return result?.state.state === 'ran' ? (result.state.outcomes[name]?.detail ?? '') : '';
}

test('policies, origins and connections do to each transport what they do', { timeout: 90_000 }, async () => {
  const wanted = ['csp-https', 'csp-strict', 'cross-origin-refused', 'eight-page-http1', 'http2-and-http1'];
  const environments = (await loadEnvironments()).filter(({ id }) => wanted.includes(id));
  const results = await runEnvironments(host, { ...quiet, environments });
  const byId = new Map(results.map((result) => [result.id, result]));
  /** Every lane, but for those of which the test says otherwise. */
  const all = (value: string, other = value, differs: (name: TransportName) => boolean = () => false) =>
    Object.fromEntries(BROWSER_LANES.map((name) => [name, differs(name) ? other : value]));
  const loaded = (name: TransportName) => name === 'jsonp' || name === 'forever-iframe';
  const endless = (name: TransportName) => TRANSPORTS[name].carrier === 'response';
  const told = JSON.stringify(results, null, 1);
  expect(Object.fromEntries(results.map((result) => [result.id, works(result)])), told).toEqual({
    'csp-https': all('yes', 'no', isUpgraded),
    'csp-strict': all('yes', 'no', loaded),
    'cross-origin-refused': all('no'),
    'eight-page-http1': {
      ...all('yes', 'some', endless),
      // What it takes to join are three requests, which queue behind polls that are held: whether in time, chance tells.
      'socketio-polling': expect.stringMatching(/^(yes|some)$/),
      fetch: 'some',
    },
    'http2-and-http1': all('yes'),
  });
  expect(detail(byId.get('csp-https'), 'websocket')).toMatch(
    /connect-src https:.* The server took up none of it/,
  );
  for (const [name, directive] of [
    ['jsonp', 'script-src'],
    ['forever-iframe', 'frame-src'],
  ] as const) {
    expect(detail(byId.get('csp-strict'), name)).toContain(directive);
  }
  expect(detail(byId.get('cross-origin-refused'), 'sse')).toMatch(
    /CORS.*The server answered \d+ requests? of it/,
  );
  expect(detail(byId.get('cross-origin-refused'), 'websocket')).toMatch(
    /403 \(forbidden-origin\) .* 101 without/,
  );
  expect(detail(byId.get('eight-page-http1'), 'sse')).toMatch(/^6 of 8 received; .* stalled/);
  expect(detail(byId.get('http2-and-http1'), 'websocket')).toContain(
    '2 connections over HTTP/2 and 2 over HTTP/1.1',
  );
});

test('one that fails or does not end is told with its reason, and what it started is ended', async () => {
  const ended: string[] = [];
  const resource = (name: string): AsyncDisposable => ({
    async [Symbol.asyncDispose]() {
      ended.push(name);
    },
  });
  const environment = (title: string, run: Environment['run']) => ({
    id: title,
    environment: { title, group: 'Test', standsFor: '', run },
  });
  const results = await runEnvironments(host, {
    ...quiet,
    timeLimitMs: 1000,
    environments: [
      environment('fails', async ({ use }) => {
        use(resource('first'));
        use(resource('second'));
        throw new Error('The lab was struck by lightning.');
      }),
      environment('hangs', ({ use }) => {
        use(resource('third'));
        return new Promise(() => undefined);
      }),
    ],
  });
  expect(results.map(({ state }) => state)).toEqual([
    { state: 'failed', reason: 'The lab was struck by lightning.' },
    { state: 'failed', reason: 'It was not over after 1 s.' },
  ]);
  expect(ended).toEqual(['second', 'first', 'third']);
});

test('a run that is stopped says so', async () => {
  const stopped = { ...quiet, signal: AbortSignal.abort(new Error('Stopped.')) };
  await expect(runEnvironments(host, stopped)).rejects.toThrow('Stopped.');
});

test('a socket that a policy forbids is known to be lost, and tried again', async () => {
  await using server = await startPageServer({
    headers: () => ({ 'content-security-policy': "connect-src 'none'" }),
  });
  await using context = await host.newContext();
  const page = await host.open(context, server.pageUrl);
  let refusals = 0;
  page.on('console', (message) => {
    if (message.text().includes('/feeds/page/websocket')) refusals += 1;
  });
  const subscription = { transport: 'websocket', topic: 'page', after: 'x-0', client: 'x' } as const;
  await host.call(page, 'startTrial', {
    subscriptions: [{ ...subscription, baseUrl: server.origin }],
    messages: 1,
  });
  // Each attempt is refused twice: the socket, and the request that asks for the reason.
  await expect.poll(() => refusals, { timeout: 10_000 }).toBeGreaterThan(2);
});
