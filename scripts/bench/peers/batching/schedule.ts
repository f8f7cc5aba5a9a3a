import { randomExponential, randomLcg } from 'd3-random';

/**
 * When messages are due: a Poisson process of `ratePerSecond` over `forMs`, ms from its beginning, ascending. The same
 * for the same seed. A regular schedule would keep step with the windows, and with whoever polls.
 */
export function dueTimes(ratePerSecond: number, forMs: number, seed: number): readonly number[] {
  const nextGapMs = randomExponential.source(randomLcg(seed / 2 ** 32))(ratePerSecond / 1000);
  const times: number[] = [];
  for (let at = nextGapMs(); at < forMs; at += nextGapMs()) times.push(at);
  return times;
}

/** Where in its interval each of `count` clients that poll begins: ms, the same for the same seed. */
export function phases(count: number, intervalMs: number, seed: number): readonly number[] {
  const random = randomLcg(seed / 2 ** 32);
  return Array.from({ length: count }, () => random() * intervalMs);
}
