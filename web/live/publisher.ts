import type { WorkloadStats } from '../../server/wire.ts';

/** How the server's publisher fares, over the last few seconds. */
export interface PublisherReading {
  readonly ratePerSecond: number;
  /** Actual minus due, on the mean: ms. Undefined where nothing was published. */
  readonly lagMs: number | undefined;
}

interface Reading extends WorkloadStats {
  readonly at: number;
}

const READINGS = 6;

/** Turns the publisher's running totals into its present rate and lag. */
export class PublisherHealth {
  #readings: Reading[] = [];

  clear(): void {
    this.#readings = [];
  }

  /** `at`: the server's clock, ms. Undefined until two readings are there. */
  read(at: number, stats: WorkloadStats): PublisherReading | undefined {
    // A total that has gone down is a new server's.
    if (stats.published < (this.#readings.at(-1)?.published ?? 0)) this.clear();
    this.#readings = [...this.#readings.slice(1 - READINGS), { ...stats, at }];
    const first = this.#readings[0];
    if (!first || at <= first.at) return undefined;
    const published = stats.published - first.published;
    return {
      ratePerSecond: (published * 1000) / (at - first.at),
      lagMs: published === 0 ? undefined : (stats.lagSumMs - first.lagSumMs) / published,
    };
  }
}
