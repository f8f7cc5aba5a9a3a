import { type Draft, draftJson, type Receipt, type TransportName } from '../../server/wire.ts';
import {
  type Env,
  isFinal,
  LineLost,
  type OpenPublisher,
  ProblemError,
  type Publisher,
  type PublisherOptions,
} from './client.ts';
import { openPublisher as openPostPublisher } from './post.ts';
import { jitterMs, RETRY, type Retry } from './retry.ts';
import { sleep } from './sleep.ts';
import { Watch } from './watch.ts';

export interface PublishOptions extends Omit<PublisherOptions, 'signal'> {
  /** Messages go its own way up, or by POST where it has none. */
  readonly transport: TransportName;
  /** How long the way up may take to open: ms. */
  readonly connectWithinMs?: number;
  /** How long a line may acknowledge nothing that it was sent; the longest message must get through in it: ms. */
  readonly ackWithinMs?: number;
  /** How many messages may wait for their acknowledgement at once. */
  readonly outboxMessages?: number;
  readonly retry?: Retry;
}

const DEFAULTS = {
  connectWithinMs: 30_000,
  ackWithinMs: 30_000,
  outboxMessages: 1000,
  retry: RETRY,
} as const;

/** What a RetryingPublisher does not take. `closed`: what was sent may have arrived, but nobody has said so. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError';
  readonly code: 'full' | 'closed';

  constructor(code: 'full' | 'closed', detail: string) {
    super(detail);
    this.code = code;
  }
}

/**
 * Publishes again what was not acknowledged, under the same key and in the same order, until it is. What it promises:
 *
 * - A message whose promise has resolved is in the feed. Until then it is published at least once: where its promise
 *   rejects it may be there or not, unless a server refused it the first time that it was sent.
 * - It is in the feed once only, within the log's window: the server must still hold what it has taken when it comes
 *   again. A log that was lost with its server, or that has gone on by its whole length meanwhile, takes it twice.
 * - Messages stand in the order in which they were published. Only one that the server puts off by itself (a
 *   refusal that may not stand, for a message and not for the line: `too-fast`, `bus-away`, `internal`) comes behind those
 *   that were on the way after it.
 */
export interface RetryingPublisher extends Publisher {
  /** Messages that wait for their acknowledgement. */
  readonly waiting: number;
  /**
   * Rejects with a ProblemError where the server refuses it for good, with an OutboxError where too many wait already
   * or the publisher is closed. Until then `draft` must not be changed.
   */
  publish(draft: Draft): Promise<Receipt>;
  /** Rejects what waits with an OutboxError. */
  close(): void;
}

/** Opens nothing before there is something to publish; what is lost is opened anew after a pause with full jitter. */
export function createPublisher(options: PublishOptions, env: Env): RetryingPublisher {
  const { transport, connectWithinMs, ackWithinMs, outboxMessages, retry } = { ...DEFAULTS, ...options };
  /** In the order in which they were published. */
  const outbox = new Set<Waiting>();
  const ending = new AbortController();
  let line: Line | undefined;
  let running = false;
  let attempt = 0;
  /** The last line has brought nothing at all: one of the messages may be what it was lost by. */
  let cautious = false;

  async function openLine(open: OpenPublisher, mostInFlight: number): Promise<Line> {
    const opening = new AbortController();
    let late = false;
    const watch = new Watch((withinMs) => {
      late = true;
      opening.abort(new Error(`Nothing was open after ${withinMs} ms.`));
    });
    const leave = (): void => opening.abort();
    ending.signal.addEventListener('abort', leave);
    if (ending.signal.aborted) leave();
    watch.set(connectWithinMs);
    try {
      const publisher = await open({ ...options, signal: opening.signal }, env);
      return new Line(publisher, { mostInFlight, ackWithinMs, cautious });
    } catch (error) {
      throw late ? opening.signal.reason : error;
    } finally {
      watch.set(undefined);
      ending.signal.removeEventListener('abort', leave);
    }
  }

  /** Publishes all that waits on one line, and what comes to wait meanwhile. Resolves with why the line was lost. */
  async function publishOnce(): Promise<unknown> {
    try {
      const { openPublisher } = await env.loadTransport(transport);
      // POSTs in flight at once overtake each other.
      line = await openLine(openPublisher ?? openPostPublisher, openPublisher ? outboxMessages : 1);
    } catch (error) {
      return error;
    }
    if (ending.signal.aborted) line.end(undefined);
    for (const waiting of outbox) line.send(waiting);
    const reason = await line.lost;
    cautious = !line.proven;
    line = undefined;
    return reason;
  }

  async function run(): Promise<void> {
    running = true;
    while (outbox.size > 0 && !ending.signal.aborted) {
      const reason = await publishOnce();
      if (isFinal(reason)) {
        for (const waiting of outbox) waiting.reject(reason);
      } else {
        const askedMs = reason instanceof ProblemError ? reason.retryAfterMs : undefined;
        const pauseMs = askedMs ?? jitterMs(retry, attempt, env.random());
        attempt += 1;
        await sleep(pauseMs, ending.signal);
      }
    }
    running = false;
  }

  return {
    get waiting() {
      return outbox.size;
    },
    async publish(draft) {
      if (ending.signal.aborted) throw new OutboxError('closed', 'The publisher was closed.');
      if (outbox.size >= outboxMessages) {
        throw new OutboxError(
          'full',
          `${outboxMessages} messages wait for their acknowledgement already (outboxMessages).`,
        );
      }
      // What is no JSON throws here: on a line it would look like the line's own failure.
      JSON.stringify(draftJson(draft));
      const keyed = { ...draft, key: draft.key ?? randomKey() };
      return new Promise((resolve, reject) => {
        const waiting: Waiting = {
          draft: keyed,
          resolve(receipt) {
            outbox.delete(waiting);
            attempt = 0;
            resolve(receipt);
          },
          reject(error) {
            outbox.delete(waiting);
            reject(error);
          },
        };
        outbox.add(waiting);
        line?.send(waiting);
        if (!running) void run();
      });
    },
    close() {
      ending.abort();
      line?.end(undefined);
      const closed = new OutboxError('closed', 'The publisher was closed before the server acknowledged.');
      for (const waiting of outbox) waiting.reject(closed);
    },
  };
}

/** A message that is not acknowledged. */
interface Waiting {
  readonly draft: Draft;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/** One opening of the way up, for as long as it serves. */
class Line {
  /** Resolves with the reason when it serves no more. */
  readonly lost: Promise<unknown>;
  readonly #publisher: Publisher;
  readonly #settings: LineSettings;
  readonly #watch: Watch;
  readonly #unsent: Waiting[] = [];
  #inFlight = 0;
  #proven = false;
  #over = false;
  #lose: (reason: unknown) => void = () => undefined;

  constructor(publisher: Publisher, settings: LineSettings) {
    this.#publisher = publisher;
    this.#settings = settings;
    this.#watch = new Watch((withinMs) =>
      this.end(new Error(`Nothing was acknowledged for ${Math.round(withinMs)} ms: the line was given up.`)),
    );
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** The server has answered something on it. */
  get proven(): boolean {
    return this.#proven;
  }

  /** In its turn. */
  send(waiting: Waiting): void {
    this.#unsent.push(waiting);
    this.#fill();
  }

  end(reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch.set(undefined);
    this.#publisher.close();
    this.#lose(reason);
  }

  #fill(): void {
    const { mostInFlight, ackWithinMs, cautious } = this.#settings;
    while (!this.#over && this.#inFlight < (cautious && !this.#proven ? 1 : mostInFlight)) {
      const waiting = this.#unsent.shift();
      if (!waiting) return;
      if (this.#inFlight === 0) this.#watch.set(ackWithinMs);
      this.#inFlight += 1;
      this.#publisher.publish(waiting.draft).then(
        (receipt) => this.#settled(() => waiting.resolve(receipt)),
        (error) => {
          if (isFinal(error)) this.#settled(() => waiting.reject(error));
          else this.#failed(waiting, error);
        },
      );
    }
  }

  /** Also what an earlier line hears of late is heard. */
  #settled(tell: () => void): void {
    tell();
    this.#proven = true;
    if (this.#over) return;
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#watch.set(undefined);
    else this.#watch.arrived();
    this.#fill();
  }

  #failed(waiting: Waiting, error: unknown): void {
    const reason = error instanceof LineLost ? error.problem : error;
    if (!isFinal(reason)) {
      this.end(reason);
      return;
    }
    // Whose fault it was is only known of one that was alone; of several each is tried alone.
    if (!this.#over && this.#inFlight === 1) waiting.reject(reason);
    this.end(error);
  }
}

interface LineSettings {
  readonly mostInFlight: number;
  readonly ackWithinMs: number;
  /** One message alone, until something is answered. */
  readonly cautious: boolean;
}

/**
 * 128 random bits. Not of `env.random`, which may be seeded: publishers with one seed would choose the same keys. And
 * not `crypto.randomUUID`, which pages do not have that came without TLS from another machine (it is for secure contexts).
 */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
