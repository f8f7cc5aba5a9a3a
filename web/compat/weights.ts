import { randomExponential, randomLcg } from 'd3-random';
import { MANNERS, type Manners } from '../../server/wire.ts';
import { FAMILY_NAMES, type Family, type MatrixRow } from './matrix.ts';
import { inSentence } from './names.ts';
import { FOLK_ORDER, meets, PAIRS, PATH_SCORE_NAMES, type Pair, type PathScore } from './scores.ts';

/** How an order of the transports fares when nobody knows how much each row of a family is worth. */
export interface WeightedOrders {
  readonly family: Family;
  readonly score: PathScore;
  readonly manners: Manners;
  readonly draws: number;
  /** Share of draws in which each order came out, the commonest first: `SSE > long poll = short poll > WebSocket`. */
  readonly orders: readonly { readonly order: string; readonly share: number }[];
  /** Share of draws in which no pair stands against the folk order (ties do not). */
  readonly folkShare: number;
  readonly pairs: readonly {
    readonly pair: Pair;
    /** Share of draws in which the allegedly better one is ahead, and behind; the rest are ties. */
    readonly ahead: number;
    readonly behind: number;
  }[];
}

const DRAWS = 10_000;
const SEED = 1;

/** Two sums of the same weights, added in the same order, differ by more than this or are one. */
const SAME_SUM = 1e-9;

/**
 * Draws the weights of a family's rows at random, every division of the whole among them being equally likely (a flat
 * Dirichlet: exponentials over their sum), and sees in which order the transports come out.
 */
export function weightedOrders(
  rows: readonly MatrixRow[],
  draws = DRAWS,
  seed = SEED,
): readonly WeightedOrders[] {
  return FAMILY_NAMES.flatMap((family) =>
    PATH_SCORE_NAMES.flatMap((score) =>
      MANNERS.flatMap((manners): readonly WeightedOrders[] => {
        const full = rows.filter(
          (row) => row.family === family && FOLK_ORDER.every((name) => row.cells[manners][name]),
        );
        if (full.length === 0) return [];
        const met = FOLK_ORDER.map((name) =>
          full.map(({ cells }) => {
            const cell = cells[manners][name];
            return cell !== undefined && meets(score, cell);
          }),
        );
        return [{ family, score, manners, ...draw(met, draws, seed) }];
      }),
    ),
  );
}

/** `met[transport][row]`, transports in the folk order. */
function draw(
  met: readonly (readonly boolean[])[],
  draws: number,
  seed: number,
): Omit<WeightedOrders, 'family' | 'score' | 'manners'> {
  const exponential = randomExponential.source(randomLcg(seed))(1);
  const counts = new Map<string, number>();
  const ahead = PAIRS.map(() => 0);
  const behind = PAIRS.map(() => 0);
  const pairPlaces = PAIRS.map(({ better, worse }) => [
    FOLK_ORDER.indexOf(better),
    FOLK_ORDER.indexOf(worse),
  ]);
  let folk = 0;
  for (let i = 0; i < draws; i++) {
    const weights = (met[0] ?? []).map(() => exponential());
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const sums = met.map((row) =>
      weights.reduce((sum, weight, at) => sum + (row[at] ? weight / total : 0), 0),
    );
    let reversed = false;
    for (const [at, [a = 0, b = 0]] of pairPlaces.entries()) {
      const difference = (sums[a] ?? 0) - (sums[b] ?? 0);
      if (Math.abs(difference) < SAME_SUM) continue;
      const side = difference > 0 ? ahead : behind;
      side[at] = (side[at] ?? 0) + 1;
      if (difference < 0) reversed = true;
    }
    if (!reversed) folk += 1;
    const order = orderOf(sums);
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  return {
    draws,
    orders: [...counts]
      .map(([order, count]) => ({ order, share: count / draws }))
      .sort((a, b) => b.share - a.share),
    folkShare: folk / draws,
    pairs: PAIRS.map((pair, at) => ({
      pair,
      ahead: (ahead[at] ?? 0) / draws,
      behind: (behind[at] ?? 0) / draws,
    })),
  };
}

/** Best first; those that are level in the folk order, so that an order has one spelling. */
function orderOf(sums: readonly number[]): string {
  const places = FOLK_ORDER.map((name, at) => ({ name, sum: sums[at] ?? 0, at }));
  places.sort((a, b) => (Math.abs(a.sum - b.sum) < SAME_SUM ? a.at - b.at : b.sum - a.sum));
  return places
    .map(({ name, sum }, at) => {
      const before = places[at - 1];
      if (!before) return inSentence(name);
      return `${Math.abs(before.sum - sum) < SAME_SUM ? '=' : '>'} ${inSentence(name)}`;
    })
    .join(' ');
}
