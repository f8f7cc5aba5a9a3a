import { type Estimate, estimate } from '../../web/results/estimate.ts';

/** Parts that a series is cut into: as many pairs as half of them. */
const PARTS = 20;

/**
 * How fast a series grows, per unit of its times, with a 95 % interval: the median slope between the least of a part of
 * its first half and that of the part which comes half the series later (Cox and Stuart 1955; the least, since what
 * collection has yet to take is on top of what is held). Undefined where a part would be empty.
 */
export function slopeOf(
  series: readonly { readonly at: number; readonly value: number }[],
  seed: number,
): Estimate | undefined {
  const [first] = series;
  const last = series.at(-1);
  if (!first || !last || last.at <= first.at) return undefined;
  const length = (last.at - first.at) / PARTS;
  const least = Array.from({ length: PARTS }, () => Number.POSITIVE_INFINITY);
  for (const { at, value } of series) {
    const part = Math.min(PARTS - 1, Math.floor((at - first.at) / length));
    least[part] = Math.min(least[part] ?? value, value);
  }
  if (!least.every(Number.isFinite)) return undefined;
  const half = PARTS / 2;
  const slopes = least.slice(half).map((value, i) => (value - (least[i] ?? value)) / (half * length));
  return estimate(slopes, seed);
}
