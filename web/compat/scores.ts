import { folkRankOf, MANNERS, type Manners, TECHNIQUES, type TransportName } from '../../server/wire.ts';
import type { ProbeRow } from '../probe/schema.ts';
import { FAMILY_NAMES, type Family, type MatrixRow } from './matrix.ts';
import { isDelivered } from './outcomes.ts';
import type { FeatureSupport, FirstSupport, Support } from './schema.ts';

/** The folk order of compatibility, the allegedly most compatible first: the other ranking turned round. */
export const FOLK_ORDER: readonly TransportName[] = [...TECHNIQUES].sort(
  (a, b) => folkRankOf(b) - folkRankOf(a),
);

/** `delivered`: all came. `uncut`: all came, no connection was cut and no request failed. */
export type PathScore = 'delivered' | 'uncut';

export const PATH_SCORES: Readonly<Record<PathScore, string>> = {
  delivered: 'Paths delivered',
  uncut: 'Paths uncut',
};

// Object.keys loses the literal type of the keys it returns.
export const PATH_SCORE_NAMES = Object.keys(PATH_SCORES) as readonly PathScore[];

export function meets(score: PathScore, { outcome }: ProbeRow): boolean {
  return score === 'delivered' ? isDelivered(outcome) : outcome === 'whole';
}

/** How many paths of a family a transport passes. Never added up over families: their rows are no sample. */
export interface PathShare {
  readonly score: PathScore;
  readonly family: Family;
  readonly manners: Manners;
  readonly transport: TransportName;
  readonly met: number;
  readonly of: number;
}

/** Paths delivered and paths uncut: by family, manners and transport. Families without rows are left out. */
export function pathShares(
  rows: readonly MatrixRow[],
  transports: readonly TransportName[] = FOLK_ORDER,
): readonly PathShare[] {
  return PATH_SCORE_NAMES.flatMap((score) =>
    FAMILY_NAMES.flatMap((family) =>
      MANNERS.flatMap((manners) =>
        transports.flatMap((transport): readonly PathShare[] => {
          const cells = rows
            .filter((row) => row.family === family)
            .flatMap((row) => row.cells[manners][transport] ?? []);
          if (cells.length === 0) return [];
          const met = cells.filter((cell) => meets(score, cell)).length;
          return [{ score, family, manners, transport, met, of: cells.length }];
        }),
      ),
    ),
  );
}

export type BrowserMeasure = 'usage' | 'released';

export const BROWSER_MEASURES: Readonly<Record<BrowserMeasure, string>> = {
  usage: 'Browsers in use today',
  released: 'Browser versions ever released',
};

// Object.keys loses the literal type of the keys it returns.
export const BROWSER_MEASURE_NAMES = Object.keys(BROWSER_MEASURES) as readonly BrowserMeasure[];

/** Share of browsers that have what a transport needs, 0 to 1. Where one of several will do, the best of them. */
export interface BrowserShare {
  readonly measure: BrowserMeasure;
  readonly transport: TransportName;
  readonly share: number;
}

export function browserShares(support: Support | null): readonly BrowserShare[] {
  return BROWSER_MEASURE_NAMES.flatMap((measure) =>
    FOLK_ORDER.flatMap((transport): readonly BrowserShare[] => {
      const shares = featuresOf(support, transport).flatMap(
        ({ usageShare, releasedShare }) => (measure === 'usage' ? usageShare : releasedShare) ?? [],
      );
      return shares.length === 0 ? [] : [{ measure, transport, share: Math.max(...shares) }];
    }),
  );
}

function featuresOf(support: Support | null, transport: TransportName): readonly FeatureSupport[] {
  return support?.features.filter(({ transports }) => transports.includes(transport)) ?? [];
}

/** "`better` is more compatible than `worse`", as the folk order has it. */
export interface Pair {
  readonly better: TransportName;
  readonly worse: TransportName;
}

export const PAIRS: readonly Pair[] = FOLK_ORDER.flatMap((better, i) =>
  FOLK_ORDER.slice(i + 1).map((worse) => ({ better, worse })),
);

export type PairOutcome = 'reproduced' | 'refuted' | 'mixed' | 'tie';

/** How a pair is judged, for those who read the result. */
export const JUDGING =
  'Reproduced: the first is better somewhere and nowhere worse. Refuted: it is worse somewhere and nowhere better. Mixed: both. Tie: neither. Browsers are judged by their shares alone, those within 0.05 points being alike.';

/** What a pair is judged by: shares of browsers, or the paths of one family, never of several. */
export type Measure =
  | { readonly kind: 'browsers'; readonly measure: BrowserMeasure }
  | {
      readonly kind: 'paths';
      readonly family: Family;
      readonly score: PathScore;
      readonly manners: Manners;
    };

const MEASURES: readonly Measure[] = [
  ...BROWSER_MEASURE_NAMES.map((measure) => ({ kind: 'browsers', measure }) as const),
  ...FAMILY_NAMES.flatMap((family) =>
    PATH_SCORE_NAMES.flatMap((score) =>
      MANNERS.map((manners) => ({ kind: 'paths', family, score, manners }) as const),
    ),
  ),
];

/** Within its family: `Paths delivered, naive server`. */
export function measureTitle(measure: Measure): string {
  return measure.kind === 'browsers'
    ? BROWSER_MEASURES[measure.measure]
    : `${PATH_SCORES[measure.score]}, ${measure.manners} server`;
}

export interface Judgement {
  readonly pair: Pair;
  readonly measure: Measure;
  readonly outcome: PairOutcome;
  /** Where the allegedly better one is better, and where it is the other way round, by name. */
  readonly wins: readonly string[];
  readonly losses: readonly string[];
  /** The shares that were compared, where it is judged by them: 0 to 1. */
  readonly shares: { readonly better: number; readonly worse: number } | null;
}

/** Shares that are printed alike (a tenth of a percent) are alike. */
const SAME_SHARE = 0.0005;

/** Every pair of the folk order by every measure: paths by their wins, browsers by their shares. */
export function judgePairs(
  rows: readonly MatrixRow[],
  support: Support | null,
  measures: readonly Measure[] = MEASURES,
): readonly Judgement[] {
  return measures.flatMap((measure) =>
    PAIRS.flatMap(
      (pair) =>
        (measure.kind === 'paths'
          ? judgeByPaths(pair, measure, rows)
          : judgeByBrowsers(pair, measure, support)) ?? [],
    ),
  );
}

function judgeByPaths(
  pair: Pair,
  measure: Extract<Measure, { kind: 'paths' }>,
  rows: readonly MatrixRow[],
): Judgement | undefined {
  const compared = rows.flatMap(({ title, family, cells }) => {
    if (family !== measure.family) return [];
    const better = cells[measure.manners][pair.better];
    const worse = cells[measure.manners][pair.worse];
    if (!better || !worse) return [];
    return [
      { title, difference: Number(meets(measure.score, better)) - Number(meets(measure.score, worse)) },
    ];
  });
  if (compared.length === 0) return undefined;
  const wins = compared.filter(({ difference }) => difference > 0).map(({ title }) => title);
  const losses = compared.filter(({ difference }) => difference < 0).map(({ title }) => title);
  return { pair, measure, outcome: outcomeOf(wins.length, losses.length), wins, losses, shares: null };
}

function outcomeOf(wins: number, losses: number): PairOutcome {
  if (wins > 0) return losses > 0 ? 'mixed' : 'reproduced';
  return losses > 0 ? 'refuted' : 'tie';
}

function judgeByBrowsers(
  pair: Pair,
  measure: Extract<Measure, { kind: 'browsers' }>,
  support: Support | null,
): Judgement | undefined {
  const shares = browserShares(support).filter((one) => one.measure === measure.measure);
  const shareOf = (name: TransportName) => shares.find(({ transport }) => transport === name)?.share;
  const better = shareOf(pair.better);
  const worse = shareOf(pair.worse);
  if (better === undefined || worse === undefined) return undefined;
  const difference = better - worse;
  const outcome = Math.abs(difference) < SAME_SHARE ? 'tie' : difference > 0 ? 'reproduced' : 'refuted';
  const { wins, losses } = earlierIn(pair, support);
  return { pair, measure, outcome, wins, losses, shares: { better, worse } };
}

/** Browsers that had one of the two before the other, or have only that one. */
function earlierIn(
  { better, worse }: Pair,
  support: Support | null,
): { readonly wins: readonly string[]; readonly losses: readonly string[] } {
  const first = firstSupport(support, better);
  const second = firstSupport(support, worse);
  const wins: string[] = [];
  const losses: string[] = [];
  for (const [browser, a] of first) {
    const b = second.get(browser);
    if (!b || a === b) continue;
    if (a.date < b.date) wins.push(`${browser} (${a.version} before ${b.version})`);
    if (a.date > b.date) losses.push(`${browser} (${b.version} before ${a.version})`);
  }
  return { wins, losses };
}

interface KnownFirst {
  readonly version: string;
  /** ISO, or what sorts after every date where no version has it. */
  readonly date: string;
}

const NEVER: KnownFirst = { version: 'never', date: '~' };

/** By browser: the first version with any of the features a transport can rest on. Unknown dates are left out. */
function firstSupport(support: Support | null, transport: TransportName): ReadonlyMap<string, KnownFirst> {
  const firsts = new Map<string, KnownFirst>();
  for (const { firsts: all } of featuresOf(support, transport)) {
    for (const first of all) {
      const known = knownFirst(first);
      if (known && known.date < (firsts.get(first.browser) ?? { date: '~~' }).date) {
        firsts.set(first.browser, known);
      }
    }
  }
  return firsts;
}

function knownFirst({ version, date }: FirstSupport): KnownFirst | undefined {
  if (version === null) return NEVER;
  return date === null ? undefined : { version, date };
}

/** Those who speak for and against a pair. */
export interface Witnesses extends Pick<Judgement, 'pair' | 'wins' | 'losses'> {
  /** By what they were heard. */
  readonly title: string;
}

/** Every pair's witnesses by what they were heard; both shares of browsers have the same ones, who are named once. */
export function witnessesOf(judgements: readonly Judgement[]): readonly Witnesses[] {
  const [browsers] = judgements.flatMap(({ measure }) => (measure.kind === 'browsers' ? [measure] : []));
  return judgements
    .filter(({ measure }) => measure.kind === 'paths' || measure === browsers)
    .filter(({ wins, losses }) => wins.length + losses.length > 0)
    .map(({ pair, measure, wins, losses }) => ({
      pair,
      wins,
      losses,
      title: measure.kind === 'browsers' ? 'Browsers’ first versions with it, by MDN' : measureTitle(measure),
    }));
}
