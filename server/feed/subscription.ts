import type { Position } from '../wire.ts';
import type { Reading, ReadLimit } from './log.ts';

/** What a subscription needs of its topic. */
export interface SubscribedTopic {
  hasAfter(position: Position): boolean;
  read(position: Position, limit: ReadLimit): Reading;
  /** Asks for a run of this subscription at the end of the present turn. */
  wake(subscription: Subscription): void;
  detach(subscription: Subscription): void;
}

/**
 * A cursor into the log, and whether its owner can take more now. Nothing is queued for it: a subscriber that
 * is slow costs this object, and reads on from its cursor when it is ready.
 */
export class Subscription {
  readonly #topic: SubscribedTopic;
  readonly #onNews: (subscription: Subscription) => void;
  #position: Position;
  #paused = false;
  #closed = false;

  constructor(topic: SubscribedTopic, position: Position, onNews: (subscription: Subscription) => void) {
    this.#topic = topic;
    this.#position = position;
    this.#onNews = onNews;
  }

  get position(): Position {
    return this.#position;
  }

  /** True where `next` would return an entry or a gap. */
  get pending(): boolean {
    return this.#topic.hasAfter(this.#position);
  }

  /** Reads on from the cursor and moves it. */
  next(limit: ReadLimit): Reading {
    const reading = this.#topic.read(this.#position, limit);
    this.#position = reading.page.end;
    return reading;
  }

  /** Leaves the subscription alone until `resume`: its socket is full. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#closed && this.pending) this.#topic.wake(this);
  }

  close(): void {
    this.#closed = true;
    this.#topic.detach(this);
  }

  /** One run in one round: at most one read, at most one write. Asks for another where more is pending. */
  run(): void {
    if (this.#closed || this.#paused) return;
    this.#onNews(this);
    if (!this.#closed && !this.#paused && this.pending) this.#topic.wake(this);
  }
}
