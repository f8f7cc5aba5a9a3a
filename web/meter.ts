import type { Gap, Message } from '../server/wire.ts';
import type { Activity, ConnectionState } from './clients/client.ts';
import { newHistogram } from './histogram.ts';
import { Sequence, type SequenceCounts } from './sequence.ts';
import { quantile, SlidingWindow } from './sliding-window.ts';

export interface MeterOptions {
  /** How old a sample of the sliding window may become: ms. */
  readonly windowMs?: number;
  /** How many samples the sliding window may hold. */
  readonly windowSamples?: number;
}

/** Delivery latency since the last reset: from when a message was due to when it was in hand, ms. */
export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Samples below zero, which only an error of the clock offset can make; counted as 0 above. */
  readonly negative: number;
}

interface RequestCounts {
  /** Requests begun. */
  readonly requests: number;
  /** Of those that have ended: with messages, with nothing new, lost as a stream or socket, failed. */
  readonly answered: number;
  readonly empty: number;
  readonly ended: number;
  readonly failed: number;
  /** Requests, streams and sockets in progress. */
  readonly pending: number;
}

export interface MeterSnapshot extends SequenceCounts, RequestCounts {
  readonly state: ConnectionState | undefined;
  /** Why the line was lost or refused, until it is open again. */
  readonly error: string | undefined;
  /** How often the line was open again after it had been lost. */
  readonly reconnects: number;
  /** Undefined before the first message. */
  readonly latency: LatencySummary | undefined;
  /** Median latency of the last two seconds, or else the newest of the sliding window: ms. */
  readonly nowMs: number | undefined;
  /** Undefined before the first message. */
  readonly requestsPerMessage: number | undefined;
}

const NOW_MS = 2000;
/** Half an hour, in µs: the longest latency that is told apart. */
const LONGEST_US = 1.8e9;

const ZERO_REQUESTS = { requests: 0, answered: 0, empty: 0, ended: 0, failed: 0 };
const OUTCOMES = { messages: 'answered', empty: 'empty', ended: 'ended', failed: 'failed' } as const;

/**
 * Counts what one subscriber gets and what it takes to get it. Feed it what `subscribe` yields and what it
 * tells its observer; all times are the Env's clock, ms. Memory is bounded.
 */
export class Meter {
  /** The newest latencies: by when they were received, ms. */
  readonly window: SlidingWindow;
  /** Latencies since the last reset, in whole µs. */
  readonly histogram = newHistogram();
  readonly #windowMs: number;
  readonly #sequence = new Sequence();
  readonly #pending = new Set<number>();
  #requests = { ...ZERO_REQUESTS };
  #state: ConnectionState | undefined;
  #error: string | undefined;
  #wasOpen = false;
  #lost = false;
  #reconnects = 0;
  #latencySumMs = 0;
  #latencyMaxMs = 0;
  #negative = 0;

  constructor({ windowMs = 60_000, windowSamples = 16_384 }: MeterOptions = {}) {
    this.#windowMs = windowMs;
    this.window = new SlidingWindow(windowSamples);
  }

  /** Where the subscriber stands before its first message, so that a loss right at the start is seen. */
  startAt(cursor: string): void {
    this.#sequence.startAt(cursor);
  }

  /** `receivedAt`: ms, on the clock of `message.at`. Duplicates do not count for latency. */
  message(message: Message, cursor: string, receivedAt: number): void {
    if (!this.#sequence.message(message, cursor)) return;
    const latencyMs = receivedAt - message.at;
    if (latencyMs < 0) this.#negative += 1;
    const counted = Math.max(0, latencyMs);
    this.histogram.recordValue(Math.min(LONGEST_US, Math.round(counted * 1000)));
    this.#latencySumMs += counted;
    this.#latencyMaxMs = Math.max(this.#latencyMaxMs, counted);
    this.window.push(receivedAt, latencyMs);
    this.window.dropBefore(receivedAt - this.#windowMs);
  }

  gap(gap: Gap): void {
    this.#sequence.gap(gap);
  }

  activity(activity: Activity): void {
    if (activity.kind === 'state') this.#become(activity.state, activity.error);
    else if (activity.kind === 'request') {
      this.#requests.requests += 1;
      this.#pending.add(activity.id);
    } else {
      this.#requests[OUTCOMES[activity.outcome]] += 1;
      this.#pending.delete(activity.id);
    }
  }

  /**
   * Call this before another subscription is metered: its requests have numbers of their own, and its first
   * message follows `after`, or nothing where it starts from now on.
   */
  nextSubscription(after?: string): void {
    this.#pending.clear();
    if (after === undefined) this.#sequence.forget();
  }

  /** `now`: the Env's clock, ms. */
  snapshot(now: number): MeterSnapshot {
    const counts = this.#sequence.counts;
    const { requests } = this.#requests;
    return {
      ...counts,
      ...this.#requests,
      pending: this.#pending.size,
      state: this.#state,
      error: this.#error,
      reconnects: this.#reconnects,
      latency: this.#latency(),
      nowMs: this.#latestMs(now),
      requestsPerMessage: counts.received === 0 ? undefined : requests / counts.received,
    };
  }

  /** Sets the figures to zero. The state of the line stays, and requests in progress count anew as they end. */
  reset(): void {
    this.#sequence.reset();
    this.#requests = { ...ZERO_REQUESTS };
    this.#reconnects = 0;
    this.#latencySumMs = 0;
    this.#latencyMaxMs = 0;
    this.#negative = 0;
    this.histogram.reset();
    this.window.clear();
  }

  #latestMs(now: number): number | undefined {
    const recent = this.window.between(now - NOW_MS, Number.POSITIVE_INFINITY);
    if (recent.length > 0) return quantile(recent, 0.5);
    return this.window.between(now - this.#windowMs, Number.POSITIVE_INFINITY).at(-1);
  }

  #latency(): LatencySummary | undefined {
    const count = this.histogram.totalCount;
    if (count === 0) return undefined;
    return {
      count,
      meanMs: this.#latencySumMs / count,
      p50Ms: this.histogram.getValueAtPercentile(50) / 1000,
      p99Ms: this.histogram.getValueAtPercentile(99) / 1000,
      maxMs: this.#latencyMaxMs,
      negative: this.#negative,
    };
  }

  #become(state: ConnectionState, error: string | undefined): void {
    this.#state = state;
    if (error !== undefined) this.#error = error;
    if (state === 'waiting' || state === 'cut') this.#lost = this.#wasOpen;
    if (state !== 'open') return;
    if (this.#lost) this.#reconnects += 1;
    this.#wasOpen = true;
    this.#lost = false;
    this.#error = undefined;
  }
}
