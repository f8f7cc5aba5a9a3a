import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createNodeEnv } from '../../scripts/node-env.ts';
import { startLab } from '../../scripts/testing/lab.ts';
import type { Draft, PollAnswer, Receipt } from '../../server/wire.ts';
import { type Env, type FetchedResponse, LineLost, ProblemError, type PublisherOptions } from './client.ts';
import { createPublisher, OutboxError, type PublishOptions, type RetryingPublisher } from './publish.ts';

/** One opening of the fake way up, in the test's hands. */
interface Line {
  readonly options: PublisherOptions;
  readonly at: number;
  readonly sent: Sent[];
  closed: boolean;
  open(): void;
  refuse(error: Error): void;
}

interface Sent {
  readonly draft: Draft;
  acknowledge(): void;
  refuse(error: Error): void;
}

const GIVEN = {
  baseUrl: 'http://lab',
  topic: 'lab',
  transport: 'websocket',
  retry: { baseMs: 100, capMs: 1000 },
} as const;

const lines: Line[] = [];
const started: RetryingPublisher[] = [];
let lastSeq = 0;

const unused = (): never => {
  throw new Error('The fake way up needs no host.');
};

const fake: Env = {
  fetch: unused,
  openSocket: unused,
  openEventStream: unused,
  now: () => Date.now(),
  random: () => 1,
  loadTransport: async () => ({
    connect: unused,
    openPublisher: (options) =>
      new Promise((resolve, reject) => {
        const line: Line = {
          options,
          at: Date.now(),
          sent: [],
          closed: false,
          open: () =>
            resolve({
              publish: (draft) =>
                new Promise((acknowledge, refuse) => {
                  line.sent.push({ draft, refuse, acknowledge: () => acknowledge(receiptOf(++lastSeq)) });
                }),
              close() {
                line.closed = true;
              },
            }),
          refuse: reject,
        };
        options.signal?.addEventListener('abort', () => reject(new Error('The opening was given up.')));
        lines.push(line);
      }),
  }),
};

const receiptOf = (seq: number): Receipt => ({ seq, at: 0, cursor: `e-${seq}` });
const draft = (data: unknown): Draft => ({ type: 't', data });
const last = (): Line => lines.at(-1)!;
const dataSent = (line = last()): unknown[] => line.sent.map((one) => one.draft.data);
const lost = new Error('The socket was closed.');

function start(options: Partial<PublishOptions> = {}, env = fake): RetryingPublisher {
  const publisher = createPublisher({ ...GIVEN, ...options }, env);
  started.push(publisher);
  return publisher;
}

async function tick(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** What became of a publishing so far. */
function outcomeOf(publishing: Promise<Receipt>): { seq?: number; error?: unknown } {
  const outcome: { seq?: number; error?: unknown } = {};
  publishing.then(
    ({ seq }) => {
      outcome.seq = seq;
    },
    (error) => {
      outcome.error = error;
    },
  );
  return outcome;
}

describe('a publisher that comes back', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    lines.length = 0;
    started.length = 0;
    lastSeq = 0;
  });
  afterEach(async () => {
    for (const publisher of started) publisher.close();
    await tick();
    expect(vi.getTimerCount()).toBe(0); // whatever a test did, a closed publisher leaves no timer
    vi.useRealTimers();
  });

  test('opens nothing before there is something to publish, then one line for all', async () => {
    const publisher = start({ token: 'secret', client: 'me' });
    await tick();
    expect(lines).toHaveLength(0);
    const outcomes = [1, 2, 3].map((n) => outcomeOf(publisher.publish(draft(n))));
    await tick();
    expect(lines).toHaveLength(1);
    expect(last().options).toMatchObject({
      baseUrl: 'http://lab',
      topic: 'lab',
      token: 'secret',
      client: 'me',
    });
    last().open();
    await tick();
    outcomes.push(outcomeOf(publisher.publish(draft(4))));
    expect(dataSent()).toEqual([1, 2, 3, 4]);
    expect(publisher.waiting).toBe(4);
    for (const one of last().sent) one.acknowledge();
    await tick(1_000_000); // a line that has nothing to do is kept
    expect(outcomes).toEqual([{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }]);
    expect(publisher.waiting).toBe(0);
    expect(last().closed).toBe(false);
  });

  test('gives each message a key of its own, unless it has one, and keeps it', async () => {
    const publisher = start();
    const outcomes = [draft(1), draft(2), { ...draft(3), key: 'mine' }].map((one) =>
      outcomeOf(publisher.publish(one)),
    );
    await tick();
    last().open();
    await tick();
    const keys = last().sent.map((one) => one.draft.key);
    expect(keys).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      expect.stringMatching(/^[0-9a-f]{32}$/),
      'mine',
    ]);
    expect(new Set(keys).size).toBe(3);
    last().sent[0]!.acknowledge();
    last().sent[1]!.refuse(lost);
    await tick(100);
    last().open();
    await tick();
    expect(last().sent.map((one) => one.draft.key)).toEqual(keys.slice(1));
    expect(outcomes).toEqual([{ seq: 1 }, {}, {}]);
  });

  test('publishes what was not acknowledged again, in order, and what comes to wait meanwhile behind it', async () => {
    const publisher = start();
    const outcomes = [1, 2, 3, 4].map((n) => outcomeOf(publisher.publish(draft(n))));
    await tick();
    last().open();
    await tick();
    const [first, second, third] = last().sent;
    first!.acknowledge();
    third!.acknowledge();
    second!.refuse(lost);
    await tick();
    expect(last().closed).toBe(true);
    outcomes.push(outcomeOf(publisher.publish(draft(5))));
    await tick(100);
    outcomes.push(outcomeOf(publisher.publish(draft(6))));
    last().open();
    await tick();
    expect(dataSent()).toEqual([2, 4, 5, 6]);
    expect(outcomes).toEqual([{ seq: 1 }, {}, { seq: 2 }, {}, {}, {}]);
  });

  test('hears an acknowledgement that an earlier line brings late', async () => {
    const publisher = start();
    const outcomes = [1, 2].map((n) => outcomeOf(publisher.publish(draft(n))));
    await tick();
    last().open();
    await tick();
    const [first, second] = last().sent;
    second!.refuse(lost);
    await tick();
    first!.acknowledge();
    await tick(100);
    last().open();
    await tick();
    expect(outcomes).toEqual([{ seq: 1 }, {}]);
    expect(dataSent()).toEqual([2]);
  });

  test('stays away for longer each time, by full jitter, until something is acknowledged', async () => {
    const publisher = start({}, { ...fake, random: () => 0.5 });
    const publishing = outcomeOf(publisher.publish(draft(1)));
    await tick();
    const pauses: number[] = [];
    const comeBack = async (): Promise<void> => {
      const lostAt = Date.now();
      const { length } = lines;
      while (lines.length === length) await tick(1);
      pauses.push(last().at - lostAt);
    };
    for (let i = 0; i < 3; i++) {
      last().refuse(lost);
      await comeBack();
    }
    last().open();
    await tick();
    last().sent[0]!.refuse(lost); // to open is no success
    await comeBack();
    last().open();
    await tick();
    last().sent[0]!.acknowledge();
    await tick();
    expect(publishing).toEqual({ seq: 1 });
    outcomeOf(publisher.publish(draft(2)));
    last().sent[1]!.refuse(lost);
    await comeBack();
    expect(pauses).toEqual([50, 100, 200, 400, 50]);
  });

  test.each(['of the line', 'of a message'])(
    'stays away as long as a refusal for now asks for, %s',
    async (of) => {
      const publisher = start();
      outcomeOf(publisher.publish(draft(1)));
      await tick();
      const draining = new ProblemError('draining', 'The server is leaving.', 777);
      if (of === 'of the line') last().refuse(draining);
      else {
        last().open();
        await tick();
        last().sent[0]!.refuse(draining);
      }
      const lostAt = Date.now();
      while (lines.length === 1) await tick(1);
      expect(last().at - lostAt).toBe(777);
    },
  );

  test('a refusal for good is of that message alone', async () => {
    const publisher = start();
    const outcomes = [1, 2, 3].map((n) => outcomeOf(publisher.publish(draft(n))));
    await tick();
    last().open();
    await tick();
    const refusal = new ProblemError('too-large', 'The message is over 1 bytes.');
    last().sent[1]!.refuse(refusal);
    last().sent[0]!.acknowledge();
    last().sent[2]!.acknowledge();
    await tick();
    expect(outcomes).toEqual([{ seq: 1 }, { error: refusal }, { seq: 2 }]);
    expect(lines).toHaveLength(1);
  });

  test('a refusal of the line for good is of all that waits; the next message tries again', async () => {
    const publisher = start();
    const outcomes = [1, 2].map((n) => outcomeOf(publisher.publish(draft(n))));
    await tick();
    const refusal = new ProblemError('bad-topic', 'No such topic.');
    last().refuse(refusal);
    await tick();
    expect(outcomes).toEqual([{ error: refusal }, { error: refusal }]);
    const next = outcomeOf(publisher.publish(draft(3)));
    await tick();
    last().open();
    await tick();
    last().sent[0]!.acknowledge();
    await tick();
    expect(next).toEqual({ seq: 1 });
  });

  test('sends one alone on a line that follows one that brought nothing, and the others when it is answered', async () => {
    const publisher = start();
    for (const n of [1, 2, 3]) outcomeOf(publisher.publish(draft(n)));
    await tick();
    last().open();
    await tick();
    last().sent[0]!.refuse(lost);
    await tick(100);
    last().open();
    await tick();
    expect(dataSent()).toEqual([1]);
    last().sent[0]!.acknowledge();
    await tick();
    expect(dataSent()).toEqual([1, 2, 3]);
  });

  test('finds the message that a line is lost by, and refuses that one alone', async () => {
    const publisher = start();
    const outcomes = [1, 2, 3, 4].map((n) => outcomeOf(publisher.publish(draft(n))));
    const refusal = new ProblemError('too-large', 'Far too large.');
    await tick();
    for (let i = 0; i < 10 && publisher.waiting > 0; i++) {
      const line = last();
      line.open();
      await tick();
      // A line that has the third on it is lost with all that it has; before, its first may have been taken alone.
      const fatal = line.sent.some((one) => one.draft.data === 3);
      if (fatal) for (const one of line.sent) one.refuse(new LineLost(refusal));
      else for (const one of line.sent) one.acknowledge();
      await tick();
      if (line.sent.some((one) => one.draft.data === 3) && !line.closed)
        for (const one of line.sent.slice(1)) one.refuse(new LineLost(refusal));
      await tick(1000);
    }
    expect(outcomes).toEqual([{ seq: 1 }, { seq: 2 }, { error: refusal }, { seq: 3 }]);
  });

  test('gives up a line that acknowledges nothing for too long, but not one that goes on doing so', async () => {
    const publisher = start({ ackWithinMs: 1000 });
    const outcomes = [1, 2, 3].map((n) => outcomeOf(publisher.publish(draft(n))));
    await tick();
    last().open();
    await tick();
    for (const one of last().sent.slice(0, 2)) {
      await tick(900);
      one.acknowledge();
    }
    await tick(900);
    expect(last().closed).toBe(false);
    await tick(100);
    expect(last().closed).toBe(true);
    await tick(100);
    last().open();
    await tick();
    expect(dataSent()).toEqual([3]);
    expect(outcomes).toEqual([{ seq: 1 }, { seq: 2 }, {}]);
  });

  test('gives up a line that does not open in time', async () => {
    const publisher = start({ connectWithinMs: 1000 });
    outcomeOf(publisher.publish(draft(1)));
    await tick(999);
    expect(last().options.signal?.aborted).toBe(false);
    await tick(1);
    expect(last().options.signal?.aborted).toBe(true);
    await tick(100);
    expect(lines).toHaveLength(2);
  });

  test('tells whoever publishes faster than it is acknowledged, instead of keeping ever more', async () => {
    const publisher = start({ outboxMessages: 2 });
    const outcomes = [1, 2].map((n) => outcomeOf(publisher.publish(draft(n))));
    await expect(publisher.publish(draft(3))).rejects.toMatchObject({ name: 'OutboxError', code: 'full' });
    await tick();
    last().open();
    await tick();
    last().sent[0]!.acknowledge();
    await tick();
    outcomes.push(outcomeOf(publisher.publish(draft(4))));
    expect(dataSent()).toEqual([1, 2, 4]);
    expect(outcomes).toEqual([{ seq: 1 }, {}, {}]);
  });

  test('what is no JSON throws at once, and is not taken for a lost line', async () => {
    const publisher = start();
    await expect(publisher.publish(draft(1n))).rejects.toThrow(TypeError);
    await tick();
    expect(lines).toHaveLength(0);
    expect(publisher.waiting).toBe(0);
  });

  test.each(['opening', 'open', 'away'])(
    'when it is closed while %s, what waits is rejected',
    async (state) => {
      const publisher = start();
      const outcomes = [1, 2].map((n) => outcomeOf(publisher.publish(draft(n))));
      await tick();
      if (state === 'away') last().refuse(lost);
      if (state === 'open') last().open();
      await tick();
      publisher.close();
      await tick(10_000);
      for (const { error } of outcomes) {
        expect(error).toBeInstanceOf(OutboxError);
        expect(error).toMatchObject({ code: 'closed' });
      }
      expect(lines).toHaveLength(1);
      if (state === 'opening') expect(last().options.signal?.aborted).toBe(true);
      if (state === 'open') expect(last().closed).toBe(true);
      await expect(publisher.publish(draft(3))).rejects.toMatchObject({ code: 'closed' });
    },
  );

  test('a line that opens only after the publisher was closed is closed too', async () => {
    const deaf: Env = {
      ...fake,
      loadTransport: async () => ({
        connect: unused,
        openPublisher: async (options, env) => {
          const { openPublisher } = await fake.loadTransport('websocket');
          const { signal: _, ...others } = options;
          return openPublisher!(others, env);
        },
      }),
    };
    const publisher = start({}, deaf);
    outcomeOf(publisher.publish(draft(1)));
    await tick();
    publisher.close();
    last().open();
    await tick();
    expect(last().closed).toBe(true);
    expect(last().sent).toEqual([]);
  });

  test('posts one message after another where there is no other way up, since requests overtake each other', async () => {
    const posted: { body: string; answer(status: number): void }[] = [];
    const publisher = start(
      {},
      {
        ...fake,
        loadTransport: async () => ({ connect: unused }),
        fetch: (_url, { body = '' }) =>
          new Promise((resolve) => posted.push({ body, answer: (status) => resolve(answerOf(status)) })),
      },
    );
    const outcomes = [1, 2].map((n) => outcomeOf(publisher.publish(draft(n))));
    const dataPosted = () => posted.map(({ body }) => JSON.parse(body).data);
    await tick();
    expect(dataPosted()).toEqual([1]);
    posted[0]!.answer(503);
    await tick(100);
    expect(dataPosted()).toEqual([1, 1]);
    posted[1]!.answer(201);
    await tick();
    expect(dataPosted()).toEqual([1, 1, 2]);
    posted[2]!.answer(204); // a portal's page, a proxy's own word: nobody's receipt
    await tick(100);
    posted[3]!.answer(201);
    await tick();
    expect(outcomes).toEqual([{ seq: 7 }, { seq: 7 }]);
  });
});

function answerOf(status: number): FetchedResponse {
  return {
    ok: status < 300,
    status,
    headers: { get: () => null, entries: () => [] },
    json: async () => (status === 201 ? receiptOf(7) : {}),
    chunks: unused,
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.each(['websocket', 'short-poll'] as const)(
  '%s: a server that leaves and one that comes in its place have all that is published between them, in order',
  async (transport) => {
    await using lab = await startLab(['--drain-ms', '2000']);
    const env = createNodeEnv({ now: () => performance.timeOrigin + performance.now() });
    const publisher = createPublisher({ ...GIVEN, transport, baseUrl: lab.url }, env);
    const receipts: Promise<Receipt>[] = [];
    let restarted = false;
    const restarting = (async () => {
      while (receipts.length < 50) await nextTurn();
      await receipts[49];
      await lab.restart('SIGTERM');
      restarted = true;
    })();
    for (let n = 1; !restarted; n++) {
      receipts.push(publisher.publish(draft(n)));
      // Goes on while nobody answers, to a point.
      const patience = publisher.waiting < 300 ? [nextTurn()] : [];
      await Promise.race([receipts.at(-1), restarting, ...patience]);
    }
    await restarting;
    const epochs = (await Promise.all(receipts)).map(({ cursor }) => cursor.split('-')[0]);
    const firstOfNew = epochs.findIndex((epoch) => epoch !== epochs[0]) + 1;
    expect(firstOfNew).toBeGreaterThan(1);
    // All before it were taken by the server that left, and all from there on by the one that came, in order.
    expect(new Set(epochs.slice(firstOfNew - 1)).size).toBe(1);
    const abort = new AbortController();
    const url = `${lab.url}/feeds/lab/short-poll?after=earliest`;
    const { messages } = (await (await env.fetch(url, { signal: abort.signal })).json()) as PollAnswer;
    const data = messages.map((one) => 'data' in one && one.data);
    expect(data).toEqual(Array.from({ length: receipts.length - firstOfNew + 1 }, (_, i) => firstOfNew + i));
    publisher.close();
    await env.close();
  },
);
