import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EARLIEST, formatCursor } from '../wire.ts';
import type { BusReceiver } from './bus.ts';
import type { ReadLimit } from './log.ts';
import { createMemoryBus } from './memory-bus.ts';
import type { Subscription } from './subscription.ts';
import { Topic } from './topic.ts';

const LIMIT: ReadLimit = { messages: 4, bytes: 1e9 };

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function createTopic(name = 'lab', logMessages = 1000) {
  const failures: unknown[] = [];
  const bus = createMemoryBus();
  const topic = new Topic(name, bus, { log: { messages: logMessages, bytes: 1e9 }, coalesceMs: 0 }, (error) =>
    failures.push(error),
  );
  const publish = (data: unknown) =>
    topic.publish({ at: 0, type: 't', body: { json: JSON.stringify(data) } });
  const publishAs = (key: string, json: string) => topic.publish({ at: 5, type: 't', body: { json }, key });
  return { topic, publish, publishAs, failures };
}

/** A subscriber that checks what it gets: in order, and no hole that no gap tells of. */
class CheckedReader {
  at: number;
  reads = 0;
  readonly #topic: Topic;
  readonly #stallAfterRead: () => boolean;
  subscription: Subscription;

  constructor(topic: Topic, after: string | undefined, stallAfterRead = () => false) {
    this.#topic = topic;
    this.#stallAfterRead = stallAfterRead;
    const position = topic.locate(after);
    this.at = position.seq;
    this.subscription = topic.attach(position, (due) => this.#read(due));
  }

  /** Detaches, and attaches again with its cursor, as over another transport. */
  reconnect(): void {
    this.subscription.close();
    const after = formatCursor(this.subscription.position);
    this.subscription = this.#topic.attach(this.#topic.locate(after), (due) => this.#read(due));
  }

  #read(due: Subscription): void {
    this.reads += 1;
    const { gap, page } = due.next(LIMIT);
    if (gap) {
      expect(gap.missed).toBeGreaterThan(0);
      this.at += gap.missed ?? Number.NaN;
    }
    for (const entry of page.entries) {
      expect(entry.seq).toBe(this.at + 1);
      this.at = entry.seq;
    }
    expect(due.position.seq).toBe(this.at);
    if (this.#stallAfterRead()) due.pause();
  }
}

describe('whatever happens in whatever order', () => {
  const subscriber = fc.nat(4);
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 12 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('subscribe' as const, 'earliest' as const, 'pause' as const, 'resume' as const),
        subscriber,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('reconnect' as const, 'detach' as const), subscriber }),
    },
  );

  test('every subscriber gets all messages in order, or an exact gap, and at last stands at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.record({ action, topic: fc.nat(1), stalls: fc.boolean() }), { maxLength: 60 }),
        async (logMessages, steps) => {
          const topics = ['one', 'two'].map((name) => ({
            ...createTopic(name, logMessages),
            readers: new Map<number, CheckedReader>(),
            detached: [] as { reader: CheckedReader; at: number }[],
          }));
          for (const { action: step, topic: index, stalls } of steps) {
            const { topic, publish, readers, detached } = topics[index]!;
            if (step.kind === 'turn') {
              await turn();
              continue;
            }
            if (step.kind === 'publish') {
              for (let i = 0; i < step.count; i++) void publish(i);
              continue;
            }
            if (step.kind === 'subscribe' || step.kind === 'earliest') {
              if (readers.has(step.subscriber)) continue;
              const after = step.kind === 'earliest' ? EARLIEST : undefined;
              readers.set(step.subscriber, new CheckedReader(topic, after, () => stalls));
              continue;
            }
            const reader = readers.get(step.subscriber);
            if (step.kind === 'pause' || step.kind === 'resume') reader?.subscription[step.kind]();
            else if (step.kind === 'reconnect') reader?.reconnect();
            else if (reader) {
              reader.subscription.close();
              readers.delete(step.subscriber);
              detached.push({ reader, at: reader.at });
            }
          }
          for (const { topic, publish, readers, detached, failures } of topics) {
            const { seq } = await publish('last');
            const left = [...readers.values()];
            while (left.some(({ subscription }) => subscription.pending)) {
              for (const { subscription } of left) subscription.resume();
              await turn();
            }
            expect(left.map(({ at }) => at)).toEqual(left.map(() => seq));
            for (const { reader, at } of detached) expect(reader.at).toBe(at);
            expect(failures).toEqual([]);
            expect(topic.stats.subscribers).toBe(left.length);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('turns', () => {
  test('all that one turn publishes is read in one go', async () => {
    const { topic, publish } = createTopic();
    const reader = new CheckedReader(topic, undefined);
    await turn();
    const { reads } = reader;
    for (let i = 0; i < 4; i++) await publish(i); // an `await` of what is done already ends no turn
    await turn();
    expect(reader.at).toBe(4);
    expect(reader.reads).toBe(reads + 1);
  });

  test('a subscriber far behind reads one page a turn, so that others get their turn', async () => {
    const { topic, publish } = createTopic();
    for (let i = 0; i < 12; i++) void publish(i);
    await turn();
    const reader = new CheckedReader(topic, EARLIEST);
    await turn();
    expect(reader.at).toBe(4);
    await turn();
    expect(reader.at).toBe(8);
  });

  test('a stalled subscriber is left alone, and reads on from its cursor when it resumes', async () => {
    const { topic, publish } = createTopic();
    const reader = new CheckedReader(topic, undefined, () => true);
    await turn();
    void publish(1);
    await turn();
    expect(reader.at).toBe(0);
    reader.subscription.resume();
    await turn();
    expect(reader.at).toBe(1);
  });

  test('a subscriber that throws is let go of, and the others still get their messages', async () => {
    const { topic, publish, failures } = createTopic();
    topic.attach(topic.locate(undefined), () => {
      throw new Error('broken');
    });
    const reader = new CheckedReader(topic, undefined);
    void publish(1);
    await turn();
    expect(reader.at).toBe(1);
    expect(failures).toHaveLength(1);
    expect(topic.stats.subscribers).toBe(1);
  });
});

describe('cursors', () => {
  test('one from the future, or of no known form, is refused', async () => {
    const { topic, publish } = createTopic();
    const { cursor } = await publish(1);
    expect(topic.locate(cursor).seq).toBe(1);
    for (const after of ['nonsense', '', cursor.replace(/1$/, '2')]) {
      expect(() => topic.locate(after)).toThrow(expect.objectContaining({ code: 'bad-cursor' }));
    }
  });

  test('one from another epoch is taken, since the gap will tell', () => {
    expect(createTopic().topic.locate('other-99')).toEqual({ epoch: 'other', seq: 99 });
  });
});

describe('a message with a key', () => {
  test('published again, it is answered with the receipt of the first time, and nobody gets it twice', async () => {
    const { topic, publishAs } = createTopic();
    const first = await publishAs('k', '1');
    expect(first).not.toHaveProperty('repeated');
    expect(await publishAs('k', '1')).toEqual({ ...first, repeated: true });
    await publishAs('other', '1');
    expect(topic.stats.published).toBe(2);
  });

  test('a key for another message is refused, and nothing is published', async () => {
    const { topic, publishAs } = createTopic();
    await publishAs('k', '1');
    expect(() => publishAs('k', '2')).toThrow('Message 1 has the key k and says something else');
    expect(() => topic.publish({ at: 5, type: 'other', body: { json: '1' }, key: 'k' })).toThrow('key');
    const bytes = Buffer.from('1');
    expect(() => topic.publish({ at: 5, type: 't', body: { bytes }, key: 'k' })).toThrow('key');
    expect(topic.stats.published).toBe(1);
  });

  test('the key is forgotten with its message, when the log lets go of it', async () => {
    const { publish, publishAs } = createTopic('lab', 2);
    await publishAs('k', '1');
    await publish(2);
    expect((await publishAs('k', '1')).repeated).toBe(true);
    await publish(3);
    expect(await publishAs('k', '1')).toMatchObject({ seq: 4 });
    expect((await publishAs('k', '1')).repeated).toBe(true);
  });
});

test('until it has had all that there was, "from now on" is not asked of what it has read so far', async () => {
  let receiver: BusReceiver | undefined;
  let settle = (): void => undefined;
  const bus = {
    ...createMemoryBus(),
    join(_topic: string, joined: BusReceiver) {
      receiver = joined;
    },
    settle: () =>
      new Promise<void>((resolve) => {
        settle = resolve;
      }),
  };
  const settings = { log: { messages: 1000, bytes: 1e9 }, coalesceMs: 0 } as const;
  const topic = new Topic('late', bus, settings, () => undefined);
  const receive = (seq: number) =>
    receiver?.receive({ epoch: 'e', seq, at: 0, type: 't', body: { json: '1' } });
  void topic.settle(undefined);
  receiver?.begin('e', 0);
  receive(1);
  const second = topic.settle(undefined);
  expect(second).toBeInstanceOf(Promise);
  expect(topic.settle('e-1')).toBeUndefined();
  receive(2);
  settle();
  await second;
  expect(topic.locate(undefined).seq).toBe(2);
  expect(topic.settle(undefined)).toBeUndefined();
  expect(topic.settle('e-3')).toBeInstanceOf(Promise);
});
