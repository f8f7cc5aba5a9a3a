/** The newest samples, bounded both in age and in number. */
export class SlidingWindow {
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #start = 0;
  #size = 0;

  /** Holds at most `capacity` samples; older ones make room. */
  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Times are expected in order. */
  push(time: number, value: number): void {
    const capacity = this.#times.length;
    if (this.#size === capacity) {
      this.#start = (this.#start + 1) % capacity;
      this.#size -= 1;
    }
    const end = (this.#start + this.#size) % capacity;
    this.#times[end] = time;
    this.#values[end] = value;
    this.#size += 1;
  }

  /** Forgets what is older than `time`. */
  dropBefore(time: number): void {
    while (this.#size > 0 && (this.#times[this.#start] ?? 0) < time) {
      this.#start = (this.#start + 1) % this.#times.length;
      this.#size -= 1;
    }
  }

  clear(): void {
    this.#size = 0;
  }

  /** Values with `from` ≤ time < `to`, in the order they came. */
  between(from: number, to: number): number[] {
    const found: number[] = [];
    const capacity = this.#times.length;
    for (let i = this.#size - 1; i >= 0; i--) {
      const at = (this.#start + i) % capacity;
      const time = this.#times[at] ?? 0;
      if (time < from) break;
      if (time < to) found.push(this.#values[at] ?? 0);
    }
    return found.reverse();
  }
}

/** The value below which the share `q` (0 to 1) of the samples lies (nearest rank); undefined without samples. */
export function quantile(samples: readonly number[], q: number): number | undefined {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
}
