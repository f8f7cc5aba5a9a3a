import { TokenBucket } from 'limiter';
import { LabError } from './problem.ts';

/** From so many addresses on, those are forgotten that have been quiet for long enough to have all their tokens back. */
const ADDRESSES = 10_000;

/** Takes a token from the sender's bucket, or throws `too-fast` where there is none. */
export type TakePublishToken = (address: string | undefined) => void;

/** A bucket for each address, which fills in a second. 0: there is no limit. */
export function createPublishRate(messagesPerSecond: number): TakePublishToken {
  const buckets = new Map<string, TokenBucket>();

  function bucketOf(address: string): TokenBucket {
    const known = buckets.get(address);
    if (known) return known;
    if (buckets.size >= ADDRESSES) forgetQuiet(buckets);
    const bucket = new TokenBucket({
      bucketSize: messagesPerSecond,
      tokensPerInterval: messagesPerSecond,
      interval: 'second',
    });
    bucket.content = messagesPerSecond; // the library’s begin empty
    buckets.set(address, bucket);
    return bucket;
  }

  return (address = '') => {
    if (messagesPerSecond === 0 || bucketOf(address).tryRemoveTokens(1)) return;
    throw new LabError(
      'too-fast',
      `You publish more than ${messagesPerSecond} messages a second (--max-publish-rate).`,
      { retryAfterMs: 1000 },
    );
  };
}

function forgetQuiet(buckets: Map<string, TokenBucket>): void {
  for (const [address, bucket] of buckets) {
    bucket.drip();
    if (bucket.content >= bucket.bucketSize) buckets.delete(address);
  }
}
