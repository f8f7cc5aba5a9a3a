/** How long to stay away before attempt n to come back: a random part of `baseMs`·2ⁿ, at most of `capMs`. */
export interface Retry {
  readonly baseMs: number;
  readonly capMs: number;
}

export const RETRY: Retry = { baseMs: 500, capMs: 30_000 };

/**
 * Full jitter, so that those who were lost together do not come back together: ms. `attempt` counts from 0, `random`
 * is from 0 to 1.
 */
export function jitterMs({ baseMs, capMs }: Retry, attempt: number, random: number): number {
  return random * Math.min(capMs, baseMs * 2 ** attempt);
}
