import { LONGEST_TIMER_MS } from './sleep.ts';

/** A timer that fires so late was held up, and what came meanwhile may stand in line behind it: ms. */
const HELD_UP_MS = 50;

/** Notices that nothing comes any more. One timer at most, however much comes. */
export class Watch {
  readonly #lapsed: (withinMs: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #withinMs = Number.POSITIVE_INFINITY;
  #lastMs = 0;
  #excused = false;

  /** `lapsed` is called once nothing has come for the time set; the watch is over then. */
  constructor(lapsed: (withinMs: number) => void) {
    this.#lapsed = lapsed;
  }

  /** From now on something is to come within this time, again and again; undefined: whenever it likes. */
  set(withinMs: number | undefined): void {
    clearTimeout(this.#timer);
    if (withinMs === undefined) return;
    this.#withinMs = withinMs;
    this.arrived();
    this.#arm(withinMs);
  }

  /** Something has come. */
  arrived(): void {
    this.#lastMs = performance.now();
    this.#excused = false;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), Math.min(ms, LONGEST_TIMER_MS));
  }

  #check(): void {
    const leftMs = this.#lastMs + this.#withinMs - performance.now();
    if (leftMs > 0) this.#arm(leftMs);
    else if (-leftMs > HELD_UP_MS && !this.#excused) {
      this.#excused = true;
      this.#arm(HELD_UP_MS);
    } else this.#lapsed(this.#withinMs);
  }
}
