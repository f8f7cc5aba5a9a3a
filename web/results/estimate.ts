import { randomLcg } from 'd3-random';

/** A median over blocks with its 95 % bootstrap interval. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: number;
}

/** `undecided`: the interval is too wide to say. */
export type VerdictOutcome = 'reproduced' | 'refuted' | 'tie' | 'undecided';

/** Ratios within this of 1 count as equal (METHOD rule 5). */
const TIE_SHARE = 0.05;
const BOOTSTRAP_SAMPLES = 2000;
const INTERVAL = { low: 0.025, high: 0.975 } as const;

/** One value over the other, block against block; undefined where no block has both. */
export function ratioOver(
  over: ReadonlyMap<number, number>,
  under: ReadonlyMap<number, number>,
  seed: number,
): Estimate | undefined {
  const ratios = [...over].flatMap(([block, value]) => {
    const other = under.get(block);
    return other === undefined ? [] : ratioOf(value, other);
  });
  return ratios.length === 0 ? undefined : estimate(ratios, seed);
}

/** Nothing against nothing is equal; something against nothing is infinitely more. */
function ratioOf(over: number, under: number): number {
  if (over === 0 && under === 0) return 1;
  return under === 0 ? Number.POSITIVE_INFINITY : over / under;
}

/** The median, and its percentile bootstrap interval (Efron 1979): the same for the same values and seed. */
export function estimate(values: readonly number[], seed: number): Estimate {
  const random = randomLcg((seed % 2 ** 32) / 2 ** 32);
  const medians: number[] = [];
  for (let i = 0; i < BOOTSTRAP_SAMPLES; i++) {
    medians.push(median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)));
  }
  medians.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    median: median(values),
    low: ranked(medians, INTERVAL.low),
    high: ranked(medians, INTERVAL.high),
    blocks: values.length,
  };
}

/** Of an even number the mean of the middle two. By sums alone: a ratio may be infinite. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : upper === lower ? upper : (lower + upper) / 2;
}

/** The value at this share of a sorted list: nothing is interpolated, since a ratio may be infinite. */
function ranked(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

export function outcomeOf({ low, high }: Estimate): VerdictOutcome {
  const equal = 1 + TIE_SHARE;
  if (low > equal) return 'reproduced';
  if (high < 1 / equal) return 'refuted';
  return low >= 1 / equal && high <= equal ? 'tie' : 'undecided';
}
