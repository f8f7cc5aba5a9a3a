import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Activity, type Env, ProblemError, type Session, type TransportClient } from './client.ts';
import { type SubscribeOptions, type Subscription, subscribe } from './subscribe.ts';

/** One life of a connection, in the test's hands. */
interface Connection {
  readonly session: Session;
  readonly at: number;
  lose(problem?: Error): void;
}

const connections: Connection[] = [];
const activities: Activity[] = [];
let subscription: Subscription;
const ending = new Set<AbortController>();

const transport: TransportClient = {
  connect: (session) =>
    new Promise((resolve, reject) => {
      session.signal.addEventListener('abort', () => resolve());
      const lose = (problem?: Error): void => (problem ? reject(problem) : resolve());
      connections.push({ session, lose, at: Date.now() });
    }),
};

const unused = (): never => {
  throw new Error('The fake transport needs no host.');
};

function start(options: Partial<SubscribeOptions> = {}, random = 1): Promise<void> {
  const end = new AbortController();
  ending.add(end);
  const env: Env = {
    fetch: unused,
    openSocket: unused,
    openEventStream: unused,
    now: () => Date.now(),
    random: () => random,
    loadTransport: async () => transport,
  };
  const observe = (activity: Activity): void => void activities.push(activity);
  const given = {
    baseUrl: 'http://lab',
    topic: 'lab',
    transport: 'sse',
    signal: end.signal,
    observe,
  } as const;
  subscription = subscribe({ ...given, retry: { baseMs: 100, capMs: 1000 }, ...options }, env);
  return tick(0);
}

async function tick(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

const last = (): Connection => connections.at(-1)!;
const message = (seq: number) => ({ seq, at: 0, type: 't', data: seq });

beforeEach(() => {
  vi.useFakeTimers();
  connections.length = 0;
  activities.length = 0;
});
afterEach(async () => {
  for (const end of ending) end.abort();
  ending.clear();
  await tick(0);
  expect(vi.getTimerCount()).toBe(0); // whatever a test did, an aborted subscription leaves no timer
  vi.useRealTimers();
});

/** Loses the connection so many times and returns the pauses before each next one, ms. */
async function pauses(count: number, lose: (connection: Connection) => void): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    const lostAt = Date.now();
    lose(last());
    const { length } = connections;
    while (connections.length === length) await tick(1);
    found.push(last().at - lostAt);
  }
  return found;
}

describe('the pause before coming back', () => {
  test('doubles with every attempt that fails, up to its cap', async () => {
    await start();
    expect(await pauses(6, (one) => one.lose())).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('is a random part of that: full jitter', async () => {
    await start({}, 0.25);
    expect(await pauses(3, (one) => one.lose())).toEqual([25, 50, 100]);
  });

  test('begins anew only when the server has answered, not when a connection was merely tried', async () => {
    await start();
    await pauses(3, (one) => one.lose());
    last().session.opened({ cursor: 'e-1' });
    expect(await pauses(2, (one) => one.lose())).toEqual([100, 200]);
  });

  test('is what the server asks for: by Retry-After, or by its goodbye', async () => {
    await start();
    const full = new ProblemError('too-many', 'full', 1234);
    expect(await pauses(2, (one) => one.lose(full))).toEqual([1234, 1234]);
    const bye = { reason: 'draining', retryAfterMs: 777 } as const;
    expect(
      await pauses(1, ({ session, lose }) => {
        session.bye(bye);
        lose();
      }),
    ).toEqual([777]);
    // The goodbye was for that once.
    expect((await pauses(1, (one) => one.lose()))[0]).not.toBe(777);
  });
});

test('how the server is to answer is asked for only where it is given', async () => {
  await start();
  expect(last().session.url()).not.toContain('manners');
  await start({ manners: 'naive' });
  expect(last().session.url({ wait: '3600' })).toMatch(/\?manners=naive&wait=3600$/);
});

describe('a refusal', () => {
  test('that is final ends the reading with it', async () => {
    await start();
    last().lose(new ProblemError('bad-cursor', 'no cursor'));
    await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'bad-cursor' });
    expect(subscription.state).toBe('closed');
  });

  test('is no unhandled rejection where nobody reads', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    await start();
    last().lose(new ProblemError('unauthorized', 'no'));
    await expect(subscription.closed).resolves.toBeUndefined();
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve)); // rejections are reported at the end of a turn
    vi.useFakeTimers();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('that is temporary does not', async () => {
    await start();
    for (const code of ['too-many', 'draining', 'internal'] as const) {
      await pauses(1, (one) => one.lose(new ProblemError(code, 'later')));
    }
    expect(subscription.state).toBe('connecting');
  });
});

describe('cut', () => {
  test('drops the connection, and comes back with the cursor when the time is over', async () => {
    await start();
    last().session.opened({ cursor: 'e-7' });
    subscription.cut(5000);
    await tick(4999);
    expect(connections).toHaveLength(1);
    expect(subscription.state).toBe('cut');
    await tick(1);
    expect(connections).toHaveLength(2);
    expect(last().session.url()).toContain('after=e-7');
  });

  test('during a pause holds beyond the end of that pause', async () => {
    await start();
    last().lose();
    await tick(50);
    expect(subscription.state).toBe('waiting');
    subscription.cut(5000);
    await tick(4999);
    expect(connections).toHaveLength(1);
    await tick(1);
    expect(connections).toHaveLength(2);
  });

  test('while the reader is behind holds as well', async () => {
    await start({ inboxEvents: 2 });
    last().session.opened({ cursor: 'e-0' });
    last().session.deliver([message(1), message(2)]);
    await tick(0);
    subscription.cut(5000);
    const iterator = subscription[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    await tick(4999);
    expect(connections).toHaveLength(1);
    await tick(1);
    expect(connections).toHaveLength(2);
  });
});

describe('a reader that does not keep up', () => {
  test('costs the connection, which comes back with the cursor when half is read', async () => {
    await start({ inboxEvents: 4 });
    last().session.opened({ cursor: 'e-0' });
    last().session.deliver([1, 2, 3, 4].map(message));
    await tick(100_000);
    expect(connections).toHaveLength(1);
    expect(last().session.signal.aborted).toBe(true);
    const iterator = subscription[Symbol.asyncIterator]();
    await iterator.next();
    await tick(0);
    expect(connections).toHaveLength(1);
    await iterator.next();
    await tick(0);
    expect(connections).toHaveLength(2);
    expect(last().session.url()).toContain('after=e-4');
  });

  test('gets nothing from the connection that was given up: it will come again', async () => {
    await start({ inboxEvents: 1 });
    const { session } = last();
    session.opened({ cursor: 'e-0' });
    session.deliver([message(1)]);
    session.deliver([message(2)]);
    session.gap({ missed: 1, cursor: 'e-9' });
    expect(subscription.cursor).toBe('e-1');
  });
});

describe('the cursor', () => {
  test('follows messages and gaps, into a new epoch too', async () => {
    await start({ after: 'a-5' });
    expect(subscription.cursor).toBe('a-5');
    const { session } = last();
    session.opened({ cursor: 'a-5' });
    session.deliver([message(6)]);
    expect(subscription.cursor).toBe('a-6');
    session.gap({ missed: null, cursor: 'b-2' });
    session.deliver([message(3)]);
    expect(subscription.cursor).toBe('b-3');
  });

  test('is not known from `earliest` until the server says it, which is asked for again until then', async () => {
    await start({ after: 'earliest' });
    expect(subscription.cursor).toBeUndefined();
    expect(last().session.url()).toContain('after=earliest');
    await pauses(1, (one) => one.lose());
    expect(last().session.url()).toContain('after=earliest');
    last().session.opened({ cursor: 'a-0' });
    expect(last().session.url()).toContain('after=a-0');
  });
});

describe('the watch', () => {
  /** What was told of the losses so far. */
  const losses = () =>
    activities.flatMap((one) => (one.kind === 'state' && one.state === 'waiting' ? [one] : []));

  test('gives a stream up after two and a half heartbeats in which nothing came, and says so', async () => {
    await start();
    last().session.opened({ cursor: 'e-0', heartbeatMs: 1000 });
    const { session } = last();
    for (const arrive of [
      () => session.beat(),
      () => session.deliver([message(1)]),
      () => session.gap({ missed: 1, cursor: 'e-2' }),
      () => session.opened({ cursor: 'e-2', heartbeatMs: 1000 }),
    ]) {
      await tick(2499);
      arrive();
    }
    await tick(2499);
    expect(losses()).toEqual([]);
    await tick(1);
    expect(losses()).toEqual([
      {
        kind: 'state',
        state: 'waiting',
        at: Date.now(),
        error: 'Nothing came for 2500 ms: the connection was given up.',
        lostBy: 'watch',
      },
    ]);
    expect(session.signal.aborted).toBe(true);
    await tick(100);
    expect(connections).toHaveLength(2);
  });

  test('leaves a stream alone that says nothing of heartbeats', async () => {
    await start();
    last().session.opened({ cursor: 'e-0' });
    await tick(24 * 3_600_000);
    expect(connections).toHaveLength(1);
  });

  test.each([
    [{}, 30_000],
    [{ connectWithinMs: 700 }, 700],
  ])('gives a connection up that does not come about, with %j after %i ms', async (options, ms) => {
    await start(options);
    await tick(ms - 1);
    expect(losses()).toEqual([]);
    await tick(1);
    expect(losses()).toMatchObject([{ lostBy: 'watch' }]);
  });

  test('takes the time that a transport sets, one of many days too, and none once it is unset', async () => {
    await start();
    const { session } = last();
    session.watch(100 * 24 * 3_600_000);
    await tick(99 * 24 * 3_600_000);
    expect(losses()).toEqual([]);
    session.watch(500);
    session.watch(undefined);
    await tick(1000);
    expect(losses()).toEqual([]);
    session.watch(500);
    await tick(500);
    expect(losses()).toMatchObject([{ lostBy: 'watch' }]);
  });

  test('of a connection that is over neither runs on nor can be set again', async () => {
    await start();
    const { session } = last();
    last().lose();
    await tick(0);
    expect(losses()).toMatchObject([{ lostBy: 'closed' }]);
    session.watch(10);
    await tick(50);
    expect(losses()).toHaveLength(1);
  });

  test('looks twice where its own timer was late: what came meanwhile may stand in line', async () => {
    await start();
    const { session } = last();
    session.opened({ cursor: 'e-0', heartbeatMs: 1000 });
    const now = vi.spyOn(performance, 'now');
    const late = performance.now() + 9000;
    now.mockReturnValue(late); // the thread was busy for nine seconds
    await tick(2500);
    expect(losses()).toEqual([]);
    session.beat();
    await tick(50);
    expect(losses()).toEqual([]);
    now.mockReturnValue(late + 20_000);
    await tick(2500);
    await tick(50);
    expect(losses()).toMatchObject([{ lostBy: 'watch' }]);
    now.mockRestore();
  });
});

describe('leaving', () => {
  test('the loop ends the connection', async () => {
    await start();
    last().session.opened({ cursor: 'e-0' });
    last().session.deliver([message(1)]);
    for await (const event of subscription) {
      expect(event.kind).toBe('message');
      break;
    }
    expect(last().session.signal.aborted).toBe(true);
    expect(subscription.state).toBe('closed');
  });

  test('aborting lets what has arrived be read, then ends', async () => {
    const abort = new AbortController();
    await start({ signal: abort.signal });
    last().session.opened({ cursor: 'e-0' });
    last().session.deliver([message(1), message(2)]);
    abort.abort();
    await subscription.closed;
    const seqs: number[] = [];
    for await (const event of subscription) if (event.kind === 'message') seqs.push(event.message.seq);
    expect(seqs).toEqual([1, 2]);
  });
});

test('states are told in their order, each once', async () => {
  await start();
  last().session.opened({ cursor: 'e-0' });
  last().lose(new ProblemError('internal', 'broken'));
  await tick(100);
  const states = activities.flatMap((one) => (one.kind === 'state' ? `${one.state}${one.error ?? ''}` : []));
  expect(states).toEqual(['open', 'waitingbroken', 'connecting']);
});
