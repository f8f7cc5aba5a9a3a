import { TokenBucket } from 'limiter';
import { LabError } from './problem.ts';

/** From so many addresses on, those are forgotten that have been quiet for long enough to have all their tokens back. */
const MOST_ADDRESSES = 10_000;

/** How many messages a second an address may publish, and as many at once: a bucket for each, which fills in a second. */
export class PublishRate {
  readonly #messagesPerSecond: number;
  readonly #mostAddresses: number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** 0 messages a second: there is no limit. */
  constructor(messagesPerSecond: number, mostAddresses = MOST_ADDRESSES) {
    this.#messagesPerSecond = messagesPerSecond;
    this.#mostAddresses = mostAddresses;
  }

  /** Those that are remembered. */
  get addresses(): number {
    return this.#buckets.size;
  }

  /** Takes a token from the sender's bucket, or throws `too-fast` where there is none. */
  take(address = ''): void {
    if (this.#messagesPerSecond === 0 || this.#bucketOf(address).tryRemoveTokens(1)) return;
    throw new LabError(
      'too-fast',
      `You publish more than ${this.#messagesPerSecond} messages a second (--max-publish-rate).`,
      { retryAfterMs: 1000 },
    );
  }

  #bucketOf(address: string): TokenBucket {
    const known = this.#buckets.get(address);
    if (known) return known;
    if (this.#buckets.size >= this.#mostAddresses) this.#forgetQuiet();
    const bucket = new TokenBucket({
      bucketSize: this.#messagesPerSecond,
      tokensPerInterval: this.#messagesPerSecond,
      interval: 'second',
    });
    bucket.content = this.#messagesPerSecond; // the library's begin empty
    this.#buckets.set(address, bucket);
    return bucket;
  }

  #forgetQuiet(): void {
    for (const [address, bucket] of this.#buckets) {
      bucket.drip();
      if (bucket.content >= bucket.bucketSize) this.#buckets.delete(address);
    }
  }
}
