import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../../scripts/bench/peers/process-use.ts';
import { createNodeEnv } from '../../scripts/node-env.ts';
import { type Lab, runLabToEnd, startLab } from '../../scripts/testing/lab.ts';
import { now } from '../../scripts/testing/node-contract-host.ts';
import { addressOf } from '../../web/clients/address.ts';
import { subscribe } from '../../web/clients/subscribe.ts';
import {
  EARLIEST,
  type Receipt,
  type Stats,
  type TransportName,
  transportsOf,
  type Workload,
} from '../wire.ts';

const WORKERS = 3;

/** A session of Socket.IO over polling must come back to its process, and the system gives each connection to any. */
const TRANSPORTS = transportsOf('node').filter((name) => name !== 'socketio-polling');

/** A connection that was on its way to a worker when that was killed stays open, and nobody answers it. */
const WITHIN_MS = 2000;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab(['--workers', String(WORKERS), '--tcp-port', '0']);
});
afterAll(() => lab?.[Symbol.asyncDispose]());

async function publish(topic: string, data: unknown, key?: string): Promise<Receipt> {
  const response = await fetch(`${lab.url}/feeds/${topic}/messages`, {
    method: 'POST',
    signal: AbortSignal.timeout(WITHIN_MS),
    // Each on a connection of its own, and so at any of the workers.
    headers: { Connection: 'close' },
    body: JSON.stringify({ type: 'n', data, ...(key === undefined ? {} : { key }) }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Receipt;
}

function get<T>(path: string): Promise<T> {
  return fetch(lab.url + path, { headers: { Connection: 'close' } }).then(
    (response) => response.json() as Promise<T>,
  );
}

/** Reads `count` messages. */
async function read(transport: TransportName, topic: string, count: number): Promise<readonly unknown[]> {
  const env = createNodeEnv({ now });
  const ending = new AbortController();
  const baseUrl = addressOf(transport, lab);
  const retry = { baseMs: 20, capMs: 200 };
  const data: unknown[] = [];
  const options = {
    transport,
    topic,
    baseUrl,
    retry,
    intervalMs: 20,
    after: EARLIEST,
    signal: ending.signal,
  };
  for await (const event of subscribe(options, env)) {
    data.push(event.kind === 'message' ? event.message.data : event);
    if (data.length === count) break;
  }
  ending.abort();
  await env.close();
  return data;
}

const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

describe.each(TRANSPORTS)('%s', (transport) => {
  test('has what any of the workers was given, in one order, before and after it came', async () => {
    const topic = `order-${transport}`;
    for (const n of range(5)) await publish(topic, n);
    const reading = range(4).map(() => read(transport, topic, 10));
    for (const n of range(5)) await publish(topic, 5 + n);
    for (const data of await Promise.all(reading)) expect(data).toEqual(range(10));
  });
});

test('bytes come as they were', async () => {
  const base64 = Buffer.from(range(255)).toString('base64');
  await fetch(`${lab.url}/feeds/bytes/messages`, {
    method: 'POST',
    body: JSON.stringify({ type: 'b', base64 }),
  });
  const received = await Promise.all(range(4).map(() => read('websocket', 'bytes', 1)));
  for (const [data] of received) expect(data).toEqual(new Uint8Array(range(255)));
});

test('a key and a cursor hold at every worker', async () => {
  const receipts = await Promise.all(range(12).map(() => publish('keys', 'once', 'k')));
  expect(new Set(receipts.map(({ seq }) => seq))).toEqual(new Set([1]));
  expect(receipts.filter(({ repeated }) => !repeated)).toHaveLength(1);
  await expect(publish('keys', 'other', 'k')).rejects.toThrow(/409.*key-reused/);
  for (const n of range(20)) {
    const { cursor } = await publish('cursors', n);
    const answer = await get<object>(`/feeds/cursors/short-poll?after=${cursor}&client=c`).catch(
      () => 'nothing',
    );
    expect(answer).toBe('nothing'); // 204: it stands there
  }
});

test('counts and settings are those of all workers', async () => {
  await publish('counted', 1);
  const readers = range(6).map(() => read('sse', 'counted', 2));
  await expect
    .poll(async () => (await get<Stats>('/api/stats')).topics['counted']?.subscribers, { timeout: 10_000 })
    .toBe(6);
  await publish('counted', 2);
  await Promise.all(readers);
  await publish('constructor', 1); // a name that every object has
  const { topics, traffic, process: own } = await get<Stats>('/api/stats');
  expect(topics['counted']).toMatchObject({ published: 2, logMessages: 2 });
  expect(Object.entries(topics)).toContainEqual(['constructor', expect.objectContaining({ published: 1 })]);
  expect(traffic.sse.requests).toBeGreaterThanOrEqual(6);
  expect(own.pid).toBe(lab.pid);

  const response = await fetch(`${lab.url}/api/workload`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ topic: 'made-up', ratePerSecond: 200 }),
  });
  expect(response.status).toBe(200);
  for (const _ of range(6)) {
    expect(await get<Workload>('/api/workload')).toMatchObject({ topic: 'made-up', ratePerSecond: 200 });
  }
  const data = await read('websocket', 'made-up', 20);
  expect(data).toHaveLength(20);
  expect((await get<Stats>('/api/stats')).workload.published).toBeGreaterThanOrEqual(20);
});

test('a worker that is killed is replaced, and nobody loses anything', async ({ skip }) => {
  if (process.platform !== 'linux') skip('which processes are the workers is read from /proc.');
  const topic = 'killed';
  const reading = range(9).map(() => read('websocket', topic, 30));
  const before = pidsOfWorkers();
  for (const n of range(10)) await publish(topic, n);
  expect(before).toHaveLength(WORKERS);
  const [victim = 0] = before;
  process.kill(victim, 'SIGKILL');
  for (const n of range(20)) {
    await publishAgain(topic, 10 + n);
    // Also while the next worker is being started.
    await statsAgain();
  }
  for (const data of await Promise.all(reading)) expect(data).toEqual(range(30));
  await expect.poll(() => pidsOfWorkers().length, { timeout: 20_000 }).toBe(WORKERS);
  expect(pidsOfWorkers()).not.toContain(victim);
  expect(lab.output).toMatch(new RegExp(`Worker ${victim} has ended \\(SIGKILL\\)`));
});

test('a worker for which the system has no process is tried again, and nobody waits for it at the end', async ({
  skip,
}) => {
  if (process.platform !== 'linux') skip('which processes are the workers is read from /proc.');
  const folder = await mkdtemp(join(tmpdir(), 'lab-node-'));
  const [program, away] = [join(folder, 'node'), join(folder, 'away')];
  try {
    await copyFile(process.execPath, program);
    await using own = await startLab(['--workers', '2'], { program });
    const failures = () => own.output.match(/could not be started \(spawn/g)?.length ?? 0;
    const loseOne = async () => {
      const before = failures();
      await rename(program, away);
      const [victim] = pidsOfWorkers(own);
      if (victim === undefined) throw new Error('There is no worker to be killed.');
      process.kill(victim, 'SIGKILL');
      await expect.poll(failures, { timeout: 10_000 }).toBeGreaterThan(before);
    };
    await loseOne();
    await rename(away, program);
    await expect.poll(() => pidsOfWorkers(own).length, { timeout: 10_000 }).toBe(2);
    await loseOne();
    expect(await own.stop('SIGTERM')).toMatchObject({ code: 0 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a probe is refused, which needs a server that sees all of it', async () => {
  const response = await fetch(`${lab.url}/api/probes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ dueMs: [0] }),
  });
  expect(await response.json()).toMatchObject({
    code: 'not-found',
    detail: expect.stringContaining('--workers'),
  });
});

test('they leave together, with a word of farewell', async () => {
  await using own = await startLab(['--workers', '2']);
  const responses = await Promise.all(range(4).map(() => fetch(`${own.url}/feeds/lab/sse`)));
  const { code, output } = await own.stop('SIGTERM');
  for (const response of responses) expect(await response.text()).toContain('event: bye');
  expect(code).toBe(0);
  expect(output).toContain('SIGTERM: leaving');
});

test('one certificate is shown by all of them', async () => {
  await using own = await startLab(['--workers', '2', '--tls']);
  expect(own.output.match(/fingerprint/g)).toHaveLength(1);
  expect(own.url).toMatch(/^https:/);
});

test('a port that is taken is told once, in words', async () => {
  const { code, output } = await runLabToEnd(['--workers', '2', '--port', new URL(lab.url).port]);
  expect(code).toBe(1);
  expect(output.match(/is taken/g)).toHaveLength(1);
});

async function publishAgain(topic: string, n: number): Promise<void> {
  while (true) {
    try {
      await publish(topic, n, `k${n}`);
      return;
    } catch {
      // its connection was with the one that was killed, or on its way there
    }
  }
}

async function statsAgain(): Promise<void> {
  while (true) {
    const signal = AbortSignal.timeout(2 * WITHIN_MS);
    const answer = await fetch(`${lab.url}/api/stats`, { signal, headers: { Connection: 'close' } }).catch(
      () => undefined, // as above
    );
    if (answer?.ok) return;
  }
}

/** Linux tells whose child a process is, and what it runs: some are tools of the first. */
function pidsOfWorkers({ pid: parent } = lab): readonly number[] {
  return childrenOf(parent).filter((pid) => {
    try {
      return /\bmain\.[jt]s\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
