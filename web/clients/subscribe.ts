import { EARLIEST, type Manners, openEnvelope, type TransportName } from '../../server/wire.ts';
import {
  type Activity,
  type ConnectionState,
  cursorOf,
  type Env,
  type FeedEvent,
  feedUrl,
  type LostBy,
  ProblemError,
  type RequestOutcome,
  type Session,
  type TransportClient,
} from './client.ts';
import { Inbox } from './inbox.ts';
import { jitterMs, RETRY, type Retry } from './retry.ts';
import { sleep } from './sleep.ts';
import { Watch } from './watch.ts';

export interface SubscribeOptions {
  /** Where the server is: `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  readonly topic: string;
  readonly transport: TransportName;
  /** A cursor, `earliest`, or nothing for "from now on". */
  readonly after?: string;
  /** How the server is to answer; in its own manners by default. */
  readonly manners?: Manners;
  /** A label for this subscriber's traffic in the server's statistics. */
  readonly client?: string;
  /** Poll interval of the short poll. */
  readonly intervalMs?: number;
  /** How long the server may hold a long poll. */
  readonly holdMs?: number;
  /** How long a connection may take until the server has said where the subscriber stands; a short poll no longer. */
  readonly connectWithinMs?: number;
  /** Whether bytes come as such, where the transport can carry them (by default), or as base64. */
  readonly binary?: boolean;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /** How many events may wait for the reader before the connection is given up until they are read. */
  readonly inboxEvents?: number;
  readonly retry?: Retry;
  readonly observe?: (activity: Activity) => void;
}

const DEFAULTS = {
  intervalMs: 1000,
  holdMs: 25_000,
  connectWithinMs: 30_000,
  binary: true,
  inboxEvents: 20_000,
  retry: RETRY,
} as const;

/** A stream is given up after a silence of so many heartbeats: one may be late, two are not. */
const SILENT_BEATS = 2.5;

/** A subscription: read it with `for await`. To leave the loop, or to abort, ends it. */
export interface Subscription extends AsyncIterable<FeedEvent> {
  readonly state: ConnectionState;
  /** Where the subscriber stands; any transport and any server of the feed goes on from here. */
  readonly cursor: string | undefined;
  /** Drops the connection for a while, as a tunnel or a lift would. */
  cut(durationMs: number): void;
  /** Settles when everything was let go of. */
  readonly closed: Promise<void>;
}

/**
 * Subscribes over the named transport: connects, comes back after every loss with full jitter (or when the
 * server asked to), and goes on from the cursor each time. Iterating throws a ProblemError where the server
 * refuses for good.
 */
export function subscribe(options: SubscribeOptions, env: Env): Subscription {
  const inbox = new Inbox<FeedEvent>();
  const ending = new AbortController();
  const { inboxEvents, connectWithinMs, retry } = { ...DEFAULTS, ...options };

  let state: ConnectionState = 'connecting';
  let cursor = options.after === EARLIEST ? undefined : options.after;
  let connection = new AbortController();
  let requestId = 0;
  let attempt = 0;
  let returnAfterMs: number | undefined;
  let cutUntil = 0;
  let overflowed = false;
  let drained: (() => void) | undefined;

  const abort = (): void => ending.abort();
  options.signal?.addEventListener('abort', abort);
  if (options.signal?.aborted) abort();
  ending.signal.addEventListener('abort', () => {
    connection.abort();
    drained?.();
  });

  function become(next: ConnectionState, error?: unknown, lostBy?: LostBy): void {
    if (state === next && error === undefined) return;
    state = next;
    const because = error instanceof Error ? { error: error.message } : {};
    options.observe?.({ kind: 'state', state, at: env.now(), ...because, ...(lostBy && { lostBy }) });
  }

  function openSession(signal: AbortSignal, watch: Watch): Session {
    let messagesOfRequest = 0;
    /** What comes in after the connection was given up would be out of order. */
    const receiving = (): boolean => !signal.aborted;
    return {
      env,
      signal,
      intervalMs: options.intervalMs ?? DEFAULTS.intervalMs,
      holdMs: options.holdMs ?? DEFAULTS.holdMs,
      connectWithinMs,
      binary: options.binary ?? DEFAULTS.binary,
      get cursor() {
        return cursor;
      },
      url(parameters = {}) {
        const { baseUrl, topic, transport, client, manners } = options;
        const after = cursor ?? options.after;
        return feedUrl(baseUrl, topic, transport, { after, client, manners, ...parameters });
      },
      request() {
        const id = ++requestId;
        messagesOfRequest = 0;
        options.observe?.({ kind: 'request', id, at: env.now() });
        let ended = false;
        return (outcome: RequestOutcome) => {
          if (ended) return;
          ended = true;
          options.observe?.({ kind: 'response', id, at: env.now(), outcome, messages: messagesOfRequest });
        };
      },
      opened({ cursor: at, heartbeatMs }) {
        if (!receiving()) return;
        watch.set(heartbeatMs === undefined ? undefined : SILENT_BEATS * heartbeatMs);
        cursor = at;
        attempt = 0;
        become('open');
      },
      beat: () => watch.arrived(),
      watch(withinMs) {
        if (receiving()) watch.set(withinMs);
      },
      deliver(envelopes) {
        if (!receiving()) return;
        watch.arrived();
        const messages = envelopes.map(openEnvelope);
        const receivedAt = env.now();
        messagesOfRequest += messages.length;
        for (const message of messages) {
          cursor = cursorOf(message, cursor ?? '');
          inbox.push({ kind: 'message', message, cursor, receivedAt });
        }
        if (inbox.size >= inboxEvents) {
          overflowed = true;
          connection.abort();
        }
      },
      gap(gap) {
        if (!receiving()) return;
        watch.arrived();
        cursor = gap.cursor;
        inbox.push({ kind: 'gap', gap });
      },
      bye(bye) {
        returnAfterMs = bye.retryAfterMs;
      },
    };
  }

  /** One connection's life. Returns the pause before the next, ms; throws where there is to be none. */
  async function connectOnce(transport: TransportClient): Promise<number> {
    connection = new AbortController();
    if (ending.signal.aborted) connection.abort();
    become('connecting');
    let problem: unknown;
    let lostBy: LostBy = 'closed';
    const watch = new Watch((withinMs) => {
      lostBy = 'watch';
      problem = new Error(`Nothing came for ${Math.round(withinMs)} ms: the connection was given up.`);
      connection.abort();
    });
    watch.set(connectWithinMs);
    try {
      await transport.connect(openSession(connection.signal, watch));
    } catch (error) {
      problem ??= error;
    }
    watch.set(undefined);
    connection.abort();
    if (ending.signal.aborted || overflowed || cutUntil > env.now()) return 0;
    if (problem instanceof ProblemError) {
      if (problem.final) throw problem;
      returnAfterMs = problem.retryAfterMs ?? returnAfterMs;
    }
    const jitter = jitterMs(retry, attempt, env.random());
    attempt += 1;
    become('waiting', problem, lostBy);
    return returnAfterMs ?? jitter;
  }

  async function run(): Promise<void> {
    const transport = await env.loadTransport(options.transport);
    while (!ending.signal.aborted) {
      returnAfterMs = undefined;
      const pauseMs = await connectOnce(transport);
      if (overflowed) await readerToCatchUp();
      else await sleep(pauseMs, ending.signal);
      // Looked at last: a cut may have come during the pause.
      while (cutUntil > env.now() && !ending.signal.aborted) {
        become('cut');
        await sleep(cutUntil - env.now(), ending.signal);
      }
    }
  }

  /** A reader that does not keep up costs no memory: what it has not read waits in the server's log. */
  async function readerToCatchUp(): Promise<void> {
    become('waiting');
    while (inbox.size > inboxEvents / 2 && !ending.signal.aborted) {
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    }
    overflowed = false;
  }

  const closed = run()
    .then(
      () => inbox.end(),
      (error: unknown) => inbox.end(error),
    )
    .finally(() => {
      options.signal?.removeEventListener('abort', abort);
      become('closed');
    });

  async function* read(): AsyncGenerator<FeedEvent, void> {
    try {
      for (;;) {
        const event = await inbox.take();
        if (!event) return;
        if (overflowed && inbox.size <= inboxEvents / 2) drained?.();
        yield event;
      }
    } finally {
      inbox.discard();
      ending.abort();
      await closed;
    }
  }

  return {
    get state() {
      return state;
    },
    get cursor() {
      return cursor;
    },
    cut(durationMs) {
      cutUntil = env.now() + durationMs;
      connection.abort();
    },
    closed,
    [Symbol.asyncIterator]: read,
  };
}
