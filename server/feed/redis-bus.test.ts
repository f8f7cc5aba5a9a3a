import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRedis, type Redis, whyNoRedis } from '../../scripts/testing/redis.ts';
import { LabError } from '../problem.ts';
import { formatCursor } from '../wire.ts';
import type { Bus, BusDraft, BusReceiver, BusRecord } from './bus.ts';
import { createRedisBus } from './redis-bus.ts';

const LOG = { messages: 1000, bytes: 1e8 };

/** What a process has heard of a topic. */
class Heard implements BusReceiver {
  epoch = '';
  /** Each begin, as `epoch-seq`. */
  readonly begun: string[] = [];
  /** Since the last of them. */
  records: BusRecord[] = [];
  #changed = (): void => undefined;

  begin(epoch: string, seq: number): void {
    this.epoch = epoch;
    this.begun.push(formatCursor({ epoch, seq }));
    this.records = [];
    this.#changed();
  }

  receive(record: BusRecord): void {
    this.records.push(record);
    this.#changed();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  get seqs(): readonly number[] {
    return this.records.map(({ seq }) => seq);
  }

  get data(): readonly unknown[] {
    return this.records.map(({ body }) => ('json' in body ? JSON.parse(body.json) : body.bytes));
  }
}

const draft = (data: unknown, key?: string): BusDraft => ({
  at: 1_790_000_000_123.456,
  type: 'tick',
  body: data instanceof Buffer ? { bytes: data } : { json: JSON.stringify(data) },
  key,
});

const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

const awayError = expect.objectContaining({ code: 'bus-away', retryAfterMs: expect.any(Number) });

const missing = whyNoRedis();
if (missing && process.env['CI']) throw new Error(missing);

describe('processes on one Redis', () => {
  let redis: Redis;
  const buses: Bus[] = [];
  const failures: unknown[] = [];
  let topic = '';

  beforeAll(async () => {
    if (!missing) redis = await createRedis();
  });
  afterAll(() => redis?.[Symbol.asyncDispose]());
  let topics = 0;
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close();
    failures.length = 0;
  });

  async function connect(log = LOG): Promise<Bus> {
    const bus = await createRedisBus({ url: redis.url, log, onError: (error) => failures.push(error) });
    buses.push(bus);
    return bus;
  }

  /** A process that reads the test's topic. */
  async function join(log = LOG): Promise<{ bus: Bus; heard: Heard }> {
    const bus = await connect(log);
    const heard = new Heard();
    bus.join(topic, heard);
    await bus.settle?.(topic);
    return { bus, heard };
  }

  const cases = (name: string, run: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (missing) skip(missing);
      topics += 1;
      topic = `t${topics}`;
      await run();
    });

  cases('a topic begins in an epoch, at nothing', async () => {
    const { heard } = await join();
    expect(heard.begun).toEqual([`${heard.epoch}-0`]);
    expect(heard.epoch).toMatch(/^[a-z0-9]+$/);
  });

  cases('all processes have all messages in the same order, whoever publishes them', async () => {
    const [a, b] = [await join(), await join()];
    expect(b.heard.epoch).toBe(a.heard.epoch);
    const published = range(200).map((n) => (n % 2 ? a : b).bus.publish(topic, draft(n)));
    const receipts = await Promise.all(published);
    expect(receipts.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(range(200));
    await b.heard.until(() => b.heard.records.length === 200);
    await a.heard.until(() => a.heard.records.length === 200);
    expect(a.heard.seqs).toEqual(range(200));
    expect(b.heard.records).toEqual(a.heard.records);
  });

  cases(
    'a message has been received where it was published by the time that its receipt is there',
    async () => {
      const { bus, heard } = await join();
      for (const n of range(20)) {
        const receipt = await bus.publish(topic, draft(n));
        expect(heard.seqs.at(-1)).toBe(receipt.seq);
        expect(receipt).toEqual({ seq: n, at: draft(n).at, cursor: `${heard.epoch}-${n}` });
      }
    },
  );

  cases('JSON, bytes, time and type come as they were published', async () => {
    const { bus, heard } = await join();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await bus.publish(topic, draft({ text: 'é\u2028\n"', n: 1.5 }));
    await bus.publish(topic, { ...draft(bytes), type: 'a:b_c.d-e' });
    const [json, binary] = heard.records;
    expect(json).toMatchObject({ at: draft(0).at, type: 'tick', key: undefined });
    expect(heard.data[0]).toEqual({ text: 'é\u2028\n"', n: 1.5 });
    expect(binary).toMatchObject({ type: 'a:b_c.d-e', body: { bytes } });
  });

  cases('a process that comes later has what was published before it came', async () => {
    const { bus } = await join();
    await Promise.all(range(300).map((n) => bus.publish(topic, draft(n))));
    const late = await join();
    expect(late.heard.seqs).toEqual(range(300));
    await bus.publish(topic, draft('live'));
    await late.heard.until(() => late.heard.records.length === 301);
  });

  cases('Redis holds a bounded number of messages, and no more bytes than it may', async () => {
    const { bus } = await join({ messages: 200, bytes: 1e8 });
    await Promise.all(range(1000).map((n) => bus.publish(topic, draft(n))));
    const late = await join();
    // As `MAXLEN ~` does: by whole nodes.
    expect(late.heard.records.length).toBeGreaterThanOrEqual(200);
    expect(late.heard.records.length).toBeLessThan(400);
    expect(late.heard.seqs.at(-1)).toBe(1000);
    expect(late.heard.begun).toEqual([`${late.heard.epoch}-${1000 - late.heard.records.length}`]);

    topic += '-bytes';
    const heavy = await join({ messages: 1000, bytes: 1_000_000 });
    for (const n of range(20)) await heavy.bus.publish(topic, draft(Buffer.alloc(200_000, n)));
    const lateHeavy = await join();
    expect(lateHeavy.heard.seqs).toEqual([16, 17, 18, 19, 20]);
  });

  cases('what was published under a key is not published again, by whichever process', async () => {
    const [a, b] = [await join(), await join()];
    const first = await a.bus.publish(topic, draft('once', 'k1'));
    expect(first.repeated).toBeUndefined();
    const again = await b.bus.publish(topic, { ...draft('once', 'k1'), at: 5 });
    expect(again).toEqual({ ...first, repeated: true });
    await expect(b.bus.publish(topic, draft('other', 'k1'))).rejects.toMatchObject({ code: 'key-reused' });
    const both = await Promise.all([a, b].map(({ bus }) => bus.publish(topic, draft('race', 'k2'))));
    expect(both.map(({ seq }) => seq)).toEqual([2, 2]);
    expect(both.filter(({ repeated }) => repeated)).toHaveLength(1);
    await b.heard.until(() => b.heard.records.length === 2);
    expect(b.heard.data).toEqual(['once', 'race']);
  });

  cases('a key is forgotten with its message', async () => {
    const { bus } = await join({ messages: 1, bytes: 1e8 });
    const { seq } = await bus.publish(topic, draft('first', 'k'));
    await Promise.all(range(1000).map((n) => bus.publish(topic, draft(n, `k${n}`))));
    const again = await bus.publish(topic, draft('first', 'k'));
    expect([seq, again.seq, again.repeated]).toEqual([1, 1002, undefined]);
  });

  cases('a process that is settled knows every cursor that another has given', async () => {
    const [a, b] = [await join(), await join()];
    for (const n of range(100)) {
      const { seq } = await a.bus.publish(topic, draft(n));
      await b.bus.settle?.(topic);
      expect(b.heard.seqs.at(-1)).toBe(seq);
    }
  });

  cases('a topic that is left is read no more, and comes back with its records', async () => {
    const { bus, heard } = await join();
    await bus.publish(topic, draft(1));
    bus.leave(topic);
    await bus.publish(topic, draft(2));
    const back = new Heard();
    bus.join(topic, back);
    await bus.settle?.(topic);
    expect(heard.data).toEqual([1]);
    expect(back.data).toEqual([1, 2]);
    expect(back.epoch).toBe(heard.epoch);
  });

  cases('a stream that was deleted by hand holds up nobody', async () => {
    const { bus } = await join();
    for (const n of range(3)) await bus.publish(topic, draft(n));
    await redis.command(`DEL lab:${topic}:stream`);
    const late = await join();
    expect(late.heard.begun).toEqual([`${late.heard.epoch}-3`]);
    await bus.publish(topic, draft('on'));
    await late.heard.until(() => late.heard.records.length === 1);
    expect(late.heard.seqs).toEqual([4]);
  });

  cases('nobody is left behind in an epoch that is later than Redis’s own', async () => {
    const a = await join();
    // As a Redis would have had it whose clock is ahead, and another one in its place.
    await redis.command(`HSET lab:${topic}:state epoch ${Date.now() + 60_000}`);
    await a.bus.publish(topic, draft('ahead'));
    await redis.command(`DEL lab:${topic}:stream lab:${topic}:state lab:${topic}:keys`);
    const b = await join();
    expect(b.heard.epoch < a.heard.epoch).toBe(true);
    await a.bus.publish(topic, draft('on'));
    expect(a.heard.data).toEqual(['on']);
    await b.heard.until(() => b.heard.records.length === 1);
    expect(b.heard.data).toEqual(['on']);
    expect(b.heard.epoch).toBe(a.heard.epoch);
  });

  cases('many topics are read at once, and those that are joined meanwhile', async () => {
    const bus = await connect();
    const all = range(50).map((n) => ({ name: `${topic}-${n}`, heard: new Heard() }));
    for (const { name, heard } of all) {
      bus.join(name, heard);
      await bus.publish(name, draft(name));
    }
    for (const { name, heard } of all) expect(heard.data).toEqual([name]);
  });
});

describe('a Redis that fails', () => {
  const run = (name: string, steps: (redis: Redis, join: () => Promise<Process>) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (missing) skip(missing);
      const buses: Bus[] = [];
      const redis = await createRedis();
      try {
        await steps(redis, async () => {
          const failures: string[] = [];
          const onError = (error: unknown) => failures.push(String(error));
          const bus = await createRedisBus({ url: redis.url, log: LOG, onError });
          buses.push(bus);
          const heard = new Heard();
          bus.join('lab', heard);
          await bus.settle?.('lab');
          return { bus, heard, failures };
        });
      } finally {
        for (const bus of buses) await bus.close();
        await redis[Symbol.asyncDispose]();
      }
    });

  interface Process {
    readonly bus: Bus;
    readonly heard: Heard;
    readonly failures: readonly string[];
  }

  run('publishing is refused while it is away, with a time to come back', async (redis, join) => {
    const { bus, failures } = await join();
    await redis.kill();
    await expect(publishUntilRefused(bus)).resolves.toEqual(awayError);
    await expect(bus.settle?.('lab')).rejects.toEqual(awayError);
    await expect.poll(() => failures.join()).toMatch(/Redis at 127\.0\.0\.1:\d+ cannot be used/);
  });

  run('empty when it comes back, it begins an epoch, and every process hears of it', async (redis, join) => {
    const [a, b] = [await join(), await join()];
    for (const n of range(10)) await a.bus.publish('lab', draft(n));
    await redis.kill();
    await redis.start();
    await b.heard.until(() => b.heard.begun.length > 1);
    await a.heard.until(() => a.heard.begun.length > 1);
    expect(a.heard.epoch).toBe(b.heard.epoch);
    expect(a.heard.begun[1]).toBe(`${a.heard.epoch}-0`);
    expect(a.heard.epoch).not.toBe(a.heard.begun[0]?.split('-')[0]);
    const receipt = await publishUntilTaken(b.bus, draft('new', 'k'));
    expect(receipt.seq).toBe(1);
    await a.heard.until(() => a.heard.records.length === 1);
    expect(a.heard.data).toEqual(['new']);
  });

  run('all goes on where it stopped after one that hung', async (redis, join) => {
    const [a, b] = [await join(), await join()];
    await a.bus.publish('lab', draft(1));
    redis.pause();
    await expect(a.bus.publish('lab', draft(2, 'k2'))).rejects.toEqual(awayError);
    redis.resume();
    // Whether it had arrived nobody knows: the key sees to it that it is there once.
    await publishUntilTaken(a.bus, draft(2, 'k2'));
    await publishUntilTaken(b.bus, draft(3, 'k3'));
    for (const { heard } of [a, b]) {
      await heard.until(() => heard.records.length === 3);
      expect(heard.data).toEqual([1, 2, 3]);
      expect(heard.begun).toHaveLength(1);
    }
  });

  run('one that refused for a while is published to again, and keeps being', async (redis, join) => {
    const { bus, failures } = await join();
    // In one go: whoever comes after the first of them is refused as well.
    await redis.command('CONFIG SET requirepass secret\r\nCLIENT KILL TYPE normal SKIPME yes');
    await expect.poll(() => failures.filter((text) => text.includes('NOAUTH'))).not.toHaveLength(0);
    await expect(bus.publish('lab', draft(1))).rejects.toEqual(awayError);
    await redis.kill();
    // Longer than it waits before it greets again: it must be left to one of two.
    await sleep(1200);
    await redis.start();
    await publishUntilTaken(bus, draft(2, 'k'));
    const until = performance.now() + 1200;
    while (performance.now() < until) await bus.publish('lab', draft(3));
  });

  run('what Redis refuses is not said to have been taken', async (redis, join) => {
    const { bus, failures } = await join();
    await redis.command('CONFIG SET maxmemory 1');
    const refusal = await bus.publish('lab', draft(1)).catch((error: unknown) => error);
    expect(refusal).toEqual(awayError);
    expect(String(refusal)).toContain('Redis refuses');
    expect(failures.join()).toContain('OOM');
  });

  run(
    'emptied by hand while all are connected, it begins an epoch with the next message',
    async (redis, join) => {
      const [a, b] = [await join(), await join()];
      await a.bus.publish('lab', draft(1));
      await redis.command('FLUSHALL');
      const receipt = await a.bus.publish('lab', draft('new'));
      expect(receipt.seq).toBe(1);
      await b.heard.until(() => b.heard.begun.length > 1 && b.heard.records.length === 1);
      expect(b.heard.data).toEqual(['new']);
      expect(b.heard.epoch).not.toBe(b.heard.begun[0]?.split('-')[0]);
    },
  );
});

test('one that is not there yet is waited for, and said to be missing', async ({ skip }) => {
  if (missing) skip(missing);
  await using redis = await createRedis({ started: false });
  const failures: string[] = [];
  let noticed: () => void = () => undefined;
  const complained = new Promise<void>((resolve) => {
    noticed = resolve;
  });
  const connecting = createRedisBus({
    url: redis.url,
    log: LOG,
    onError: (error) => {
      failures.push(String(error));
      noticed();
    },
  });
  await complained;
  await redis.start();
  const bus = await connecting;
  const heard = new Heard();
  bus.join('lab', heard);
  await bus.settle?.('lab');
  await bus.publish('lab', draft(1));
  expect(heard.data).toEqual([1]);
  expect(failures[0]).toMatch(/ECONNREFUSED/);
  await bus.close();
});

/** What is told to those who publish once it has become known that Redis is away. */
async function publishUntilRefused(bus: Bus): Promise<unknown> {
  for (;;) {
    const error = await bus.publish('lab', draft(0)).catch((reason: unknown) => reason);
    if (error instanceof Error) return error;
  }
}

/** As a publisher does that is told to come back: under its key. */
async function publishUntilTaken(bus: Bus, message: BusDraft) {
  for (;;) {
    try {
      return await bus.publish('lab', message);
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== 'bus-away') throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
