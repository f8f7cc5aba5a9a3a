/**
 * Keeps this process's event loop turning, and tells how much of that was idle. A process that sleeps must be woken when
 * something is written to its sockets, and the writer pays for that: on a virtual machine often more than for the write
 * itself. A server that writes to a network card pays nothing of the kind, so a load that waits awake is the nearer to it.
 */
export class BusyWait {
  #reads = 0;
  #seen = 0;
  #idleMs = 0;
  #startMs = 0;
  #lastMs = 0;
  #immediate: NodeJS.Immediate | undefined;

  /** To be called for whatever is read. */
  read(): void {
    this.#reads += 1;
  }

  start(): void {
    this.stop();
    this.#idleMs = 0;
    this.#startMs = performance.now();
    this.#lastMs = this.#startMs;
    this.#seen = this.#reads;
    const turn = (): void => {
      const nowMs = performance.now();
      if (this.#reads === this.#seen) this.#idleMs += nowMs - this.#lastMs;
      this.#seen = this.#reads;
      this.#lastMs = nowMs;
      this.#immediate = setImmediate(turn);
    };
    turn();
  }

  /** The share of the time since `start` in which something was read. */
  get utilisation(): number {
    return 1 - this.#idleMs / (performance.now() - this.#startMs);
  }

  stop(): void {
    clearImmediate(this.#immediate);
  }
}
