/** Below this, what has been read is not worth clearing away. */
const WORTH_CLEARING = 1024;

/** What has arrived and was not read yet, with one reader. */
export class Inbox<T> {
  #items: T[] = [];
  #next = 0;
  #wake: (() => void) | undefined;
  #ended: { readonly error?: unknown } | undefined;

  get size(): number {
    return this.#items.length - this.#next;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** What has arrived can still be read; then the reading ends, with the error if there is one. */
  end(error?: unknown): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** Forgets what has arrived and ends. */
  discard(): void {
    this.#items = [];
    this.#next = 0;
    this.end();
  }

  async take(): Promise<T | undefined> {
    while (this.size === 0) {
      if (this.#ended) {
        if (this.#ended.error !== undefined) throw this.#ended.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const item = this.#items[this.#next];
    this.#next += 1;
    // A reader that never quite catches up must not keep all it has ever read.
    const clear = this.#next >= WORTH_CLEARING && this.#next * 2 >= this.#items.length;
    if (clear || this.#next === this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    return item;
  }
}
