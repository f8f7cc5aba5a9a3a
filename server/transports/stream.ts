import type { PageEncoding } from '../feed/entry.ts';
import type { ReadLimit } from '../feed/log.ts';
import type { Subscription } from '../feed/subscription.ts';
import type { Topic } from '../feed/topic.ts';
import { formatCursor, type Gap, type Opening, type Position } from '../wire.ts';
import type { Pulse, PulseMember } from './pulse.ts';

/** How bytes are joined. */
export const joinBytes = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

/** One write's worth of the log: enough to catch up quickly, little enough to be fair to the others. */
const STREAM_LIMIT: ReadLimit = { messages: 1000, bytes: 256 * 1024 };

/**
 * How a push transport puts things into what it writes (bytes, unless a library writes them): a module constant, the
 * same for all its subscribers.
 */
export interface StreamFormat<T = Buffer> {
  readonly encoding: PageEncoding<T>;
  readonly open: (opening: Opening) => T;
  readonly gap: (gap: Gap) => T;
  /** Several in a row as one. */
  readonly join: (parts: readonly T[]) => T;
}

/** Where what is written for one subscriber goes. */
export interface StreamOutlet<T = Buffer> {
  /** Returns false where the socket wants no more until the stream is told that it has `drained`. */
  write(bytes: T): boolean;
  /** Called after a time of silence, where there is a pulse; `full`: the socket has not taken all it was given. */
  beat?(full: boolean): void;
  /** Called when the last message of a stream with a limit is written. */
  limitReached?(): void;
}

export interface StreamOptions<T = Buffer> {
  /** Without one there are no heartbeats, unless what carries the stream has its own. */
  readonly pulse?: Pulse | undefined;
  /** How often the subscriber is told that it will hear one; as often as the pulse beats. */
  readonly heartbeatMs?: number | undefined;
  /** Ends after so many messages. */
  readonly messages?: number | undefined;
  /** Written before all else. */
  readonly preamble?: T | undefined;
}

/**
 * The moving part of a push transport: a cursor that follows the log as fast as its socket takes it. `open` first,
 * then the log after `position`; one write a round, none while the socket is full.
 */
export class Stream<T = Buffer> implements PulseMember {
  lastWriteMs = performance.now();
  readonly #format: StreamFormat<T>;
  readonly #outlet: StreamOutlet<T>;
  readonly #pulse: Pulse | undefined;
  readonly #subscription: Subscription;
  #greeting: T | undefined;
  #messagesLeft: number;
  #full = false;

  constructor(
    topic: Topic,
    position: Position,
    format: StreamFormat<T>,
    outlet: StreamOutlet<T>,
    {
      pulse,
      heartbeatMs = pulse?.silenceMs,
      messages = Number.POSITIVE_INFINITY,
      preamble,
    }: StreamOptions<T>,
  ) {
    this.#format = format;
    this.#outlet = outlet;
    this.#pulse = pulse;
    this.#messagesLeft = messages;
    const opening = format.open({
      cursor: formatCursor(position),
      ...(heartbeatMs !== undefined && { heartbeatMs }),
    });
    this.#greeting = preamble === undefined ? opening : format.join([preamble, opening]);
    this.#subscription = topic.attach(position, () => this.#push());
    pulse?.join(this);
  }

  /** The socket takes more again. */
  drained(): void {
    this.#full = false;
    this.#subscription.resume();
  }

  stop(): void {
    this.#subscription.close();
    this.#pulse?.leave(this);
  }

  beat(): void {
    this.#outlet.beat?.(this.#full);
  }

  #push(): void {
    const bytes = this.#next();
    if (!bytes) return;
    const ready = this.#outlet.write(bytes);
    this.lastWriteMs = performance.now();
    if (this.#messagesLeft === 0) {
      this.stop();
      this.#outlet.limitReached?.();
    } else if (!ready) {
      this.#full = true;
      this.#subscription.pause();
    }
  }

  #next(): T | undefined {
    const limit =
      this.#messagesLeft < STREAM_LIMIT.messages
        ? { ...STREAM_LIMIT, messages: this.#messagesLeft }
        : STREAM_LIMIT;
    const { gap, page } = this.#subscription.next(limit);
    this.#messagesLeft -= page.entries.length;
    const bytes = page.entries.length > 0 ? page.as(this.#format.encoding) : undefined;
    // By far the most common case: the page's bytes as they are, shared with every other subscriber.
    if (!this.#greeting && !gap) return bytes;
    const parts = [this.#greeting, gap && this.#format.gap(gap), bytes].filter((part) => part !== undefined);
    this.#greeting = undefined;
    return this.#format.join(parts);
  }
}
