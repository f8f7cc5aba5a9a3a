import { performance } from 'node:perf_hooks';

/** How long messages wait for others, to be sent together: ms; `auto`: only while rounds take long. */
export type Coalescing = number | 'auto';

/** After so long a round lets all else have the event loop, and goes on in its next turn: ms. */
const SLICE_MS = 8;

/** With `auto`: how long messages wait, and how long a round must take for the next messages to wait: ms. */
const AUTO_MS = 5;

/**
 * Who reads when: all members after news, single ones when they ask for it, each once a round. A round begins at the
 * end of the turn of the event loop that gave cause for it, so that all that a turn publishes leaves together.
 */
export class Rounds<M> {
  readonly #coalescing: Coalescing;
  readonly #run: (member: M) => void;
  readonly #members = new Set<M>();
  readonly #woken = new Set<M>();
  /** All are due in the next round. */
  #news = false;
  /** There is news, which waits for more of it. */
  #waiting = false;
  /** A round is to come, or is under way. */
  #busy = false;
  #lastRoundMs = 0;

  /** `run` must not throw. */
  constructor(coalescing: Coalescing, run: (member: M) => void) {
    this.#coalescing = coalescing;
    this.#run = run;
  }

  get size(): number {
    return this.#members.size;
  }

  /** The member is due now, and from now on whenever there is news. */
  join(member: M): void {
    this.#members.add(member);
    this.wake(member);
  }

  leave(member: M): void {
    this.#members.delete(member);
    this.#woken.delete(member);
  }

  /** This one is due now, whatever the others are. */
  wake(member: M): void {
    this.#woken.add(member);
    this.#begin();
  }

  /** All are due: now, or when the news has waited for as long as it is to. */
  news(): void {
    if (this.#waiting) return;
    const waitMs = this.#coalescing !== 'auto' ? this.#coalescing : this.#lastRoundMs > AUTO_MS ? AUTO_MS : 0;
    if (waitMs > 0) {
      this.#waiting = true;
      setTimeout(() => this.#allDue(), waitMs);
    } else this.#allDue();
  }

  #allDue(): void {
    this.#waiting = false;
    this.#news = true;
    this.#begin();
  }

  #begin(): void {
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => {
      const due = [...(this.#news ? this.#members : this.#woken)];
      if (this.#news) this.#lastRoundMs = 0;
      this.#news = false;
      this.#woken.clear();
      this.#slice(due.values());
    });
  }

  /** Runs those who are due until all have run, or until it is the others' turn. */
  #slice(due: IterableIterator<M>): void {
    const begunMs = performance.now();
    let elapsedMs = 0;
    for (const member of due) {
      this.#run(member);
      elapsedMs = performance.now() - begunMs;
      if (elapsedMs < SLICE_MS) continue;
      this.#lastRoundMs += elapsedMs;
      // An array's iterator goes on where a loop has left it.
      setImmediate(() => this.#slice(due));
      return;
    }
    this.#lastRoundMs += elapsedMs;
    this.#busy = false;
    if (this.#news || this.#woken.size > 0) this.#begin();
  }
}
