import type { StreamDialect } from '../dialects.ts';
import { type LoadRecord, StreamSink } from '../stream-sink.ts';

/**
 * Sockets that read a stream, of which one in `every` takes times: a clock read for each of hundreds of thousands of
 * messages a second would be most of what the load does. To grow by `every` puts one of them before the others: who
 * joins late is served late.
 */
export class SampledSink {
  readonly #timed: StreamSink;
  readonly #others: StreamSink;
  readonly #every: number;
  #othersCount = 0;

  constructor(port: number, dialect: StreamDialect, every: number) {
    this.#timed = new StreamSink(port, dialect);
    this.#others = new StreamSink(port, dialect);
    this.#every = every;
  }

  async resize(count: number): Promise<void> {
    const timed = Math.ceil(count / this.#every);
    this.#othersCount = count - timed;
    await this.#timed.resize(timed);
    await this.#others.resize(this.#othersCount);
  }

  async quiet(): Promise<void> {
    await this.#timed.quiet();
    await this.#others.quiet();
  }

  mark(): void {
    this.#timed.mark(true);
    this.#others.mark(false);
  }

  async settle(messages: number): Promise<LoadRecord> {
    const timed = await this.#timed.settle(messages);
    if (this.#othersCount === 0) return timed;
    const others = await this.#others.settle(messages);
    return {
      // Time and share are those of the process: the later reading has all of it.
      ...others,
      bytes: timed.bytes + others.bytes,
      quantilesMs: timed.quantilesMs,
      violations: [...timed.violations, ...others.violations],
    };
  }
}
