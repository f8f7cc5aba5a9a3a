import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNodeEnv } from '../scripts/node-env.ts';
import { type Lab, startLab } from '../scripts/testing/lab.ts';
import { now } from '../scripts/testing/node-contract-host.ts';
import { createRedis, type Redis, whyNoRedis } from '../scripts/testing/redis.ts';
import { addressOf } from '../web/clients/address.ts';
import type { FeedEvent } from '../web/clients/client.ts';
import { subscribe } from '../web/clients/subscribe.ts';
import { formatCursor, type Receipt, type Stats, type TransportName, transportsOf } from './wire.ts';

const missing = whyNoRedis();
if (missing && process.env['CI']) throw new Error(missing);

const QUICK = { intervalMs: 20, holdMs: 2000, retry: { baseMs: 20, capMs: 200 } } as const;

let redis: Redis;
let a: Lab;
let b: Lab;

beforeAll(async () => {
  if (missing) return;
  redis = await createRedis();
  const flags = ['--bus', redis.url, '--tcp-port', '0'];
  a = await startLab(flags);
  b = await startLab(flags);
});
afterAll(async () => {
  for (const resource of [a, b, redis]) await resource?.[Symbol.asyncDispose]();
});

const cases = (name: string, run: () => Promise<void>) =>
  test(name, async ({ skip }) => {
    if (missing) skip(missing);
    await run();
  });

/** A subscriber over one transport, of one process. */
function read(lab: Lab, transport: TransportName, topic: string, after: string) {
  const env = createNodeEnv({ now });
  const ending = new AbortController();
  const baseUrl = addressOf(transport, lab);
  const subscription = subscribe({ ...QUICK, transport, topic, baseUrl, after, signal: ending.signal }, env);
  const events = subscription[Symbol.asyncIterator]();
  return {
    async take(count: number): Promise<readonly FeedEvent[]> {
      const taken: FeedEvent[] = [];
      while (taken.length < count) {
        const { value, done } = await events.next();
        if (done) throw new Error('The subscription has ended.');
        taken.push(value as FeedEvent); // an iterator that is not done has a value of its type
      }
      return taken;
    },
    async close() {
      ending.abort();
      await subscription.closed;
      await env.close();
    },
  };
}

async function publish(lab: Lab, topic: string, data: unknown, key?: string) {
  const response = await fetch(`${lab.url}/feeds/${topic}/messages`, {
    method: 'POST',
    body: JSON.stringify({ type: 'n', data, ...(key === undefined ? {} : { key }) }),
  });
  return { response, body: (await response.json()) as Receipt & { code?: string } };
}

const dataOf = (events: readonly FeedEvent[]) =>
  events.map((event) => (event.kind === 'message' ? event.message.data : event));

describe.each(transportsOf('node'))('%s, two processes on one Redis', (transport) => {
  cases('a cursor that one of them gave is good at the other, at once', async () => {
    const topic = `cursor-${transport}`;
    for (let n = 1; n <= 5; n++) {
      const { body } = await publish(a, topic, n);
      // Behind what the other may not have heard of yet.
      const reader = read(b, transport, topic, body.cursor);
      await publish(b, topic, 'behind');
      const [event] = await reader.take(1);
      expect(event).toMatchObject({ kind: 'message', message: { seq: body.seq + 1, data: 'behind' } });
      await reader.close();
    }
  });

  cases('what is published at one is read at both, in the same order', async () => {
    const topic = `order-${transport}`;
    const readers = [a, b].map((lab) => read(lab, transport, topic, 'earliest'));
    await Promise.all([1, 2, 3, 4, 5, 6].map((n) => publish(n % 2 ? a : b, topic, n)));
    const [ofA = [], ofB = []] = await Promise.all(readers.map((reader) => reader.take(6)));
    expect(dataOf(ofA)).toEqual(dataOf(ofB));
    expect([...dataOf(ofA)].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const reader of readers) await reader.close();
  });
});

cases('a key holds at every process', async () => {
  const first = await publish(a, 'keys', 'once', 'k');
  const again = await publish(b, 'keys', 'once', 'k');
  expect(first.response.status).toBe(201);
  expect(again.response.status).toBe(200);
  expect(again.body).toEqual({ ...first.body, repeated: true });
  expect((await publish(b, 'keys', 'other', 'k')).response.status).toBe(409);
});

cases('a cursor ahead of what has ever been published is refused by both', async () => {
  const { body } = await publish(a, 'ahead', 1);
  const epoch = body.cursor.split('-')[0] ?? '';
  for (const lab of [a, b]) {
    const after = formatCursor({ epoch, seq: 1000 });
    const response = await fetch(`${lab.url}/feeds/ahead/short-poll?after=${after}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'bad-cursor' });
  }
});

describe('while Redis hangs', () => {
  cases('publishers are told to come back, subscribers stay, and all goes on where it stopped', async () => {
    const topic = 'away';
    await publish(a, topic, 1);
    const transports = transportsOf('node');
    const readers = transports.map((transport) => read(b, transport, topic, 'earliest'));
    await Promise.all(readers.map((reader) => reader.take(1)));
    const before = await stats(b);
    redis.pause();
    const refused = await publish(a, topic, 2, 'k2');
    expect(refused.response.status).toBe(503);
    expect(refused.body.code).toBe('bus-away');
    expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0);
    const unknown = await fetch(`${b.url}/feeds/never-heard-of/short-poll`);
    expect(unknown.status).toBe(503);
    expect(unknown.headers.get('retry-after')).not.toBeNull();
    redis.resume();
    for (const n of [2, 3]) {
      while ((await publish(a, topic, n, `k${n}`)).response.status === 503) await sleep(20);
    }
    for (const reader of readers) expect(dataOf(await reader.take(2))).toEqual([2, 3]);
    // Nobody had to come back.
    const after = await stats(b);
    for (const name of ['sse', 'websocket', 'ndjson', 'tcp'] as const) {
      expect(begun(after, name)).toBe(begun(before, name));
    }
    for (const reader of readers) await reader.close();
  });
});

describe('when Redis has lost all', () => {
  cases('subscribers are told by a gap that cannot be counted, and read on in the new epoch', async () => {
    const topic = 'lost';
    for (const n of [1, 2, 3]) await publish(a, topic, n);
    const readers = transportsOf('node').map((transport) => read(b, transport, topic, 'earliest'));
    await Promise.all(readers.map((reader) => reader.take(3)));
    await redis.kill();
    await redis.start();
    while ((await publish(a, topic, 'new', 'k')).response.status === 503) await sleep(20);
    for (const reader of readers) {
      const [gap, message] = await reader.take(2);
      expect(gap).toMatchObject({ kind: 'gap', gap: { missed: null } });
      expect(message).toMatchObject({ kind: 'message', message: { seq: 1, data: 'new' } });
    }
    for (const reader of readers) await reader.close();
  });
});

async function stats(lab: Lab): Promise<Stats> {
  return (await (await fetch(`${lab.url}/api/stats`)).json()) as Stats; // the wire's promise (server/wire.ts)
}

function begun(of: Stats, name: TransportName): number {
  const { requests, upgrades } = of.traffic[name];
  return requests + upgrades;
}
