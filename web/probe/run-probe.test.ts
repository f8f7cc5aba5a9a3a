import { expect, test } from 'vitest';
import { createNodeEnv } from '../../scripts/node-env.ts';
import { startInProcess } from '../../scripts/testing/in-process.ts';
import { startLab } from '../../scripts/testing/lab.ts';
import { MANNERS, TECHNIQUES, TRANSPORTS, transportsOf } from '../../server/wire.ts';
import type { Env } from '../clients/client.ts';
import { diagnose } from './diagnose.ts';
import { HTTP_LANES } from './lanes.ts';
import { type ProbeProgress, runProbe } from './run-probe.ts';
import { probeSettings } from './settings.ts';

const HEARTBEAT = ['--heartbeat-ms', '750'];
const client = { host: 'node', agent: 'a test' } as const;
const now = () => performance.timeOrigin + performance.now();

const LANES = transportsOf('node').filter((name) => HTTP_LANES.includes(name));

/** What would keep a process alive. */
const held = () =>
  process.getActiveResourcesInfo().filter((kind) => /^(Timeout|TCPSocketWrap)$/.test(kind)).length;

test('with nothing on the way every lane comes whole from both servers, and nothing is left running', async () => {
  await using lab = await startLab(HEARTBEAT);
  const heldBefore = held();
  const env = createNodeEnv({ now, compressed: true });
  const told: ProbeProgress[] = [];
  const settings = probeSettings(0.05, LANES, MANNERS);
  let blocked = false;
  const observe = (progress: ProbeProgress): void => {
    told.push(progress);
    if (blocked || progress.phase !== 'silence') return;
    blocked = true;
    setTimeout(() => standStill(300));
  };
  const result = await runProbe({ baseUrl: lab.url, settings, client, observe }, env);
  await env.close();

  expect(result.stalledMs).toBeGreaterThan(200);
  expect(
    result.rows.map(({ transport, manners, outcome, cuts }) => ({ transport, manners, outcome, cuts })),
  ).toEqual(
    MANNERS.flatMap((manners) =>
      LANES.map((transport) => ({ transport, manners, outcome: 'whole', cuts: 0 })),
    ),
  );
  expect(diagnose(result).map(({ id }) => id)).toEqual(['clear']);
  expect(result.reach).toMatchObject({ error: null, echo: { httpVersion: '1.1' } });
  for (const { transport, evidence, traffic } of result.rows) {
    const exchanges = evidence.exchanges.length + evidence.exchangesLeftOut;
    expect(evidence.arrivals.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(evidence.openedAtMs).toHaveLength(1);
    expect(traffic?.requests).toBeGreaterThanOrEqual(exchanges - 1);
    if (TRANSPORTS[transport].paced === 'push') expect(exchanges).toBe(1);
  }
  expect(new Set(result.sightings.map(({ transport, manners }) => `${transport} ${manners}`)).size).toBe(
    2 * LANES.length,
  );

  for (const phase of ['connecting', 'live', 'silence', 'waking', 'done'] as const) {
    expect(told.map((one) => one.phase)).toContain(phase);
  }
  const pauses = told.slice(1).map(({ elapsedMs }, i) => elapsedMs - (told[i]?.elapsedMs ?? 0));
  expect(Math.max(...pauses.slice(0, -1))).toBeLessThan(2000);
  expect(told.findLast(({ phase }) => phase === 'silence')?.rows[0]?.delivered).toBe(20);
  await expect.poll(held).toBeLessThanOrEqual(heldBefore);
}, 40_000);

test('it ends as soon as all has come, and waits for what does not come as long as its patience', async () => {
  await using lab = await startInProcess(HEARTBEAT);
  const env = createNodeEnv({ now });
  // A path that lets no stream through.
  const deaf: Env = { ...env, openEventStream: () => () => undefined };
  const settings = { ...probeSettings(0.02, ['sse', 'websocket'], ['polite']), live: 4, patienceMs: 1000 };
  const { rows } = await runProbe({ baseUrl: lab.url, settings, client }, deaf);
  await env.close();
  expect(rows.map(({ transport, outcome }) => [transport, outcome])).toEqual([
    ['sse', 'nothing'],
    ['websocket', 'whole'],
  ]);
  expect(rows[0]?.failure).toMatchObject({ step: 'connect', reason: 'the server never saw the request' });
});

test('where nobody answers, rows say why, and it does not reject', async () => {
  const env = createNodeEnv({ now });
  const settings = probeSettings(0.05, ['sse'], ['polite']);
  const result = await runProbe({ baseUrl: 'http://127.0.0.1:1', settings, client }, env);
  await env.close();
  expect(result.reach).toMatchObject({ echo: null, error: expect.stringContaining('ECONNREFUSED') });
  expect(result.rows).toMatchObject([
    { outcome: 'nothing', failure: { step: 'connect', reason: expect.stringContaining('ECONNREFUSED') } },
  ]);
  expect(diagnose(result).map(({ id }) => id)).toEqual(['unreachable']);
});

test('a lab that asks for a token says so', async () => {
  await using lab = await startInProcess(['--token', 'secret']);
  const env = createNodeEnv({ now });
  const settings = { ...probeSettings(0.02, ['websocket'], ['polite']), live: 2, leadMs: 300, pauseMs: 50 };
  const options = { baseUrl: lab.url, settings, client };
  const refused = await runProbe(options, env);
  const granted = await runProbe({ ...options, token: 'secret' }, env);
  await env.close();
  expect(diagnose(refused)).toMatchObject([{ id: 'unreachable', evidence: expect.stringMatching(/token/i) }]);
  expect(granted.rows[0]?.outcome).toBe('whole');
});

test('stopped, it rejects, and lets go of everything', async () => {
  await using lab = await startLab(HEARTBEAT);
  const heldBefore = held();
  const env = createNodeEnv({ now });
  const abort = new AbortController();
  const settings = probeSettings(0.05, TECHNIQUES, MANNERS);
  const running = runProbe(
    {
      baseUrl: lab.url,
      settings,
      client,
      signal: abort.signal,
      observe: ({ phase }) => phase === 'live' && abort.abort(),
    },
    env,
  );
  await expect(running).rejects.toThrow(/abort/i);
  await env.close();
  await expect.poll(held).toBeLessThanOrEqual(heldBefore);
});

/** Keeps this process from doing anything else. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
