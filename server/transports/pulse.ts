/** A connection that is to write something when it has been silent for long. */
export interface PulseMember {
  /** `performance.now()` of its last write. */
  lastWriteMs: number;
  readonly beat: () => void;
}

/** Heartbeats of all connections from one timer, so that ten thousand silent ones cost no timer each. */
export class Pulse {
  readonly silenceMs: number;
  readonly #members = new Set<PulseMember>();
  readonly #timer: NodeJS.Timeout;

  /** A beat comes after `silenceMs` of silence, and at most a tenth of that later. */
  constructor(silenceMs: number) {
    this.silenceMs = silenceMs;
    this.#timer = setInterval(() => this.#tick(), silenceMs / 10).unref();
  }

  join(member: PulseMember): void {
    this.#members.add(member);
  }

  leave(member: PulseMember): void {
    this.#members.delete(member);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    for (const member of this.#members) {
      if (now - member.lastWriteMs < this.silenceMs) continue;
      member.lastWriteMs = now;
      member.beat();
    }
  }
}
