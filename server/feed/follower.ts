import type { Position } from '../wire.ts';
import type { BusReceiver, BusRecord } from './bus.ts';

interface Waiting {
  readonly position: Position;
  readonly resolve: () => void;
}

/**
 * Hands on what a process hears of a topic from elsewhere: each record once and in order, however often and from where
 * it comes.
 */
export class Follower {
  readonly #receiver: BusReceiver;
  readonly #waiting = new Set<Waiting>();
  #left = false;
  #at: Position = { epoch: '', seq: 0 };

  constructor(receiver: BusReceiver) {
    this.#receiver = receiver;
  }

  /** Of the record that the receiver has had last; without an epoch before it has begun. */
  get at(): Position {
    return this.#at;
  }

  /** Where a topic stands that holds nothing: of what it holds its records tell. */
  stands(position: Position): void {
    if (!isPast(position, this.#at)) this.#begin(position);
  }

  take(record: BusRecord): void {
    const { epoch, seq } = record;
    if (isPast(record, this.#at)) return;
    if (epoch !== this.#at.epoch || seq !== this.#at.seq + 1) this.#begin({ epoch, seq: seq - 1 });
    this.#at = { epoch, seq };
    this.#receiver.receive(record);
    this.#tell();
  }

  /** Resolves once the receiver has had a record, or stands in a later epoch, in which it will never have it. */
  reached(position: Position): Promise<void> | undefined {
    if (this.#left || isPast(position, this.#at)) return undefined;
    return new Promise((resolve) => this.#waiting.add({ position, resolve }));
  }

  /** Nobody waits any longer. */
  leave(): void {
    this.#left = true;
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #begin(at: Position): void {
    this.#at = at;
    this.#receiver.begin(at.epoch, at.seq);
    this.#tell();
  }

  #tell(): void {
    for (const waiting of this.#waiting) {
      if (!isPast(waiting.position, this.#at)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}

/** Whether one who stands at `at` has had a record, or never will. */
function isPast({ epoch, seq }: Position, at: Position): boolean {
  return epoch < at.epoch || (epoch === at.epoch && seq <= at.seq);
}
