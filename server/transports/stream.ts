import type { PageEncoding } from '../feed/entry.ts';
import type { ReadLimit } from '../feed/log.ts';
import type { Subscription } from '../feed/subscription.ts';
import type { Topic } from '../feed/topic.ts';
import { formatCursor, type Gap, type Opening, type Position } from '../wire.ts';
import type { Pulse, PulseMember } from './pulse.ts';

/** One write's worth of the log: enough to catch up quickly, little enough to be fair to the others. */
const STREAM_LIMIT: ReadLimit = { messages: 1000, bytes: 256 * 1024 };

/** How a push transport puts things into bytes: a module constant, the same for all its subscribers. */
export interface StreamFormat {
  readonly encoding: PageEncoding;
  readonly open: (opening: Opening) => Buffer;
  readonly gap: (gap: Gap) => Buffer;
}

/** Where the bytes of one subscriber go. */
export interface StreamOutlet {
  /** Returns false where the socket wants no more until the stream is told that it has `drained`. */
  write(bytes: Buffer): boolean;
  /** Called after a time of silence; `full` where the socket has not yet taken what it was given before. */
  beat(full: boolean): void;
  /** Called when the last message of a stream with a limit is written. */
  limitReached?(): void;
}

export interface StreamOptions {
  /** Without one there are no heartbeats. */
  readonly pulse?: Pulse | undefined;
  /** Ends after so many messages. */
  readonly messages?: number | undefined;
}

/**
 * The moving part of a push transport: a cursor that follows the log as fast as its socket takes it. `open` first,
 * then the log after `position`; one write a round, none while the socket is full.
 */
export class Stream implements PulseMember {
  lastWriteMs = performance.now();
  readonly #format: StreamFormat;
  readonly #outlet: StreamOutlet;
  readonly #pulse: Pulse | undefined;
  readonly #subscription: Subscription;
  #greeting: Buffer | undefined;
  #messagesLeft: number;
  #full = false;

  constructor(
    topic: Topic,
    position: Position,
    format: StreamFormat,
    outlet: StreamOutlet,
    { pulse, messages = Number.POSITIVE_INFINITY }: StreamOptions,
  ) {
    this.#format = format;
    this.#outlet = outlet;
    this.#pulse = pulse;
    this.#messagesLeft = messages;
    this.#greeting = format.open({
      cursor: formatCursor(position),
      ...(pulse && { heartbeatMs: pulse.silenceMs }),
    });
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
    this.#outlet.beat(this.#full);
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

  #next(): Buffer | undefined {
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
    return Buffer.concat(parts);
  }
}
