import { MANNERS, type Manners, TECHNIQUES, type TransportName } from '../../server/wire.ts';
import { formatNumber, listWords } from '../results/format.ts';
import { groupBy } from '../results/group.ts';
import { type Change, cellCounts, mannersAdvice, ONE_TRIAL } from './advice.ts';
import { biasSentences } from './bias.ts';
import { type FurtherLanes, findFurtherLanes } from './lanes.ts';
import { type CompatMatrix, compatMatrix, FAMILIES, type MatrixRow } from './matrix.ts';
import { FOLK_ORDER_TEXT, inSentence } from './names.ts';
import { isDelivered, outcomeWords } from './outcomes.ts';
import type { Compat, Support } from './schema.ts';
import {
  BROWSER_MEASURE_NAMES,
  BROWSER_MEASURES,
  type BrowserMeasure,
  type BrowserShare,
  browserShares,
  FOLK_ORDER,
  type Judgement,
  judgePairs,
  PATH_SCORE_NAMES,
  type PathScore,
  type PathShare,
  pathShares,
} from './scores.ts';
import { type WeightedOrders, weightedOrders } from './weights.ts';

/** What a run of the compatibility lab says, worked out from its records alone: for page, report and terminal. */
export interface CompatFindings {
  /** False where nothing may be claimed from it: times were shortened, or it was stopped before its end. */
  readonly claims: boolean;
  readonly matrix: CompatMatrix;
  readonly pathShares: readonly PathShare[];
  readonly browserShares: readonly BrowserShare[];
  readonly judgements: readonly Judgement[];
  readonly weights: readonly WeightedOrders[];
  readonly advice: readonly Change[];
  readonly headline: string;
  /** What a reader should take away, most important first. */
  readonly sentences: readonly string[];
  /** What came through beside the four techniques. */
  readonly further: FurtherLanes;
  /** Which rows are there, and what follows from that. */
  readonly bias: readonly string[];
}

export function findCompat(compat: Compat): CompatFindings {
  const matrix = compatMatrix(compat);
  const { rows } = matrix;
  const judgements = judgePairs(rows, compat.support);
  const weights = weightedOrders(rows);
  const claims = compat.run.timeScale === 1 && compat.run.complete;
  const advice = mannersAdvice(rows);
  const shares = pathShares(rows);
  const verdict = verdictText(shares, judgements);
  return {
    claims,
    matrix,
    pathShares: shares,
    browserShares: browserShares(compat.support),
    judgements,
    weights,
    advice,
    headline: claims ? verdict : `${noClaim(compat)} What it saw: ${verdict}`,
    sentences: [
      ...decisionSentence(rows),
      ...PATH_SCORE_NAMES.flatMap((score) => againstSentence(leadJudgements(judgements, score))),
      ...adviceSentence(advice),
      ...silenceSentence(rows),
      ...browserSentence(judgements, compat.support),
    ],
    further: findFurtherLanes(rows),
    bias: biasSentences(matrix, judgements),
  };
}

/** Why nothing is claimed. */
function noClaim({ run }: Compat): string {
  if (!run.complete) return 'This run was stopped before its end and makes no claim.';
  return `A quick run, its silences and limits at ${run.timeScale} of their time: it makes no claim.`;
}

/** What products as shipped do to a server that nobody has prepared, what is left of it once tuned, and browsers. */
function verdictText(shares: readonly PathShare[], judgements: readonly Judgement[]): string {
  const naive = shares.filter(({ score, manners }) => score === 'delivered' && manners === 'naive');
  const lead = naive[0]?.family;
  const tuned = naive.filter(({ family }) => family === 'tuned' && family !== lead);
  const parts = [
    ...(lead === undefined
      ? []
      : [
          `${FAMILIES[lead]}, before a naive server, deliver: ${figures(naive.filter(({ family }) => family === lead))}.`,
        ]),
    ...(tuned.length === 0
      ? []
      : tuned.every(({ met, of }) => met === of)
        ? [`Tuned, all ${tuned[0]?.of} deliver all ${TECHNIQUES.length} techniques.`]
        : [`Tuned: ${figures(tuned)}.`]),
    ...browserLead(judgements),
    ...holdingText(leadJudgements(judgements, 'delivered')),
  ];
  return parts.length > 0 ? parts.join(' ') : 'Nothing could be compared.';
}

/** `short poll 9 of 10, long poll 10, SSE 7`: out of how many is said once where it is the same. */
function figures(shares: readonly PathShare[]): string {
  return shares
    .map(({ transport, met, of }, at) => {
      const said = at > 0 && shares[at - 1]?.of === of;
      return `${inSentence(transport)} ${met}${said ? '' : ` of ${of}`}`;
    })
    .join(', ');
}

/** The judgements of the first family that has any (products as shipped, where they ran), with a naive server. */
function leadJudgements(judgements: readonly Judgement[], score: PathScore): readonly Judgement[] {
  const families = judgements.flatMap(({ measure }) => (measure.kind === 'paths' ? [measure.family] : []));
  return judgements.filter(
    ({ measure }) =>
      measure.kind === 'paths' &&
      measure.family === families[0] &&
      measure.score === score &&
      measure.manners === 'naive',
  );
}

function holdingText(judgements: readonly Judgement[]): readonly string[] {
  const [first] = judgements;
  if (first?.measure.kind !== 'paths') return [];
  const counts = (['reproduced', 'mixed', 'refuted', 'tie'] as const)
    .map((outcome) => ({ outcome, count: judgements.filter((one) => one.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }, at) => {
      const word = outcome === 'tie' && count > 1 ? 'ties' : outcome;
      return at > 0 ? `${count} ${word}` : `${count} ${count === 1 ? 'is' : 'are'} ${word}`;
    });
  const where = `For ${FAMILIES[first.measure.family].toLowerCase()} “${FOLK_ORDER_TEXT}”`;
  if (judgements.every(({ outcome }) => outcome === 'tie')) {
    return [`${where} is neither borne out nor contradicted: no pair differs.`];
  }
  const holds = judgements.every(({ outcome }) => outcome === 'reproduced' || outcome === 'tie');
  return [
    `${where} ${holds ? 'holds' : 'does not hold as a whole'}: of its ${judgements.length} pairs ${listWords(counts)}.`,
  ];
}

/** The pairs that stand against the folk order, by name; where there are few witnesses, with them. */
function againstSentence(judgements: readonly Judgement[]): readonly string[] {
  const [first] = judgements;
  if (first?.measure.kind !== 'paths') return [];
  const { family, score } = first.measure;
  const where = `${FAMILIES[family]}, naive server, ${score === 'delivered' ? 'delivered' : 'without a cut or a failed request'}`;
  const against = judgements.filter(({ losses }) => losses.length > 0).map(againstText);
  const stand = against.length === 1 ? 'stands' : 'stand';
  return [
    against.length > 0
      ? `${where}: against the folk order ${stand} ${listWords(against)}.`
      : `${where}: nothing stands against the folk order.`,
  ];
}

/** `SSE over WebSocket (mixed, 3 to 1: Privoxy)`. */
function againstText({ pair, outcome, wins, losses }: Judgement): string {
  const named = losses.length <= 2 ? `: ${losses.join(' and ')}` : '';
  return `${inSentence(pair.better)} over ${inSentence(pair.worse)} (${outcome}, ${wins.length} to ${losses.length}${named})`;
}

function adviceSentence(advice: readonly Change[]): readonly string[] {
  const mended = cellCounts(advice.filter(({ better }) => better));
  const spoiled = cellCounts(advice.filter(({ better }) => !better));
  if (mended === '' && spoiled === '') return [];
  const parts = [
    ...(mended === '' ? [] : [`mends ${mended}`]),
    ...(spoiled === '' ? [] : [`spoils ${spoiled} (${ONE_TRIAL})`]),
  ];
  return [`Cells that manners alone change: a polite server ${listWords(parts)}.`];
}

/** Steps of the folk order, not all pairs. */
function isStep({ pair }: Judgement): boolean {
  return FOLK_ORDER.indexOf(pair.worse) - FOLK_ORDER.indexOf(pair.better) === 1;
}

/** Points of a hundred, between the shares as they are printed. */
function pointsOf({ shares }: Judgement): number {
  if (!shares) return 0;
  const printed = (share: number) => Math.round(share * 1000) / 10;
  return Math.abs(printed(shares.better) - printed(shares.worse));
}

/** What all measures of browsers turn round: `In browsers WebSocket is ahead of SSE, by 0.2 to 0.7 points.` */
function browserLead(judgements: readonly Judgement[]): readonly string[] {
  const browsers = judgements.filter((one) => one.measure.kind === 'browsers' && isStep(one));
  return [...groupBy(browsers, ({ pair }) => pair).values()].flatMap((own) => {
    if (!own.every(({ outcome }) => outcome === 'refuted')) return [];
    const sizes = [...new Set(own.map((one) => formatNumber(Number(pointsOf(one).toFixed(1)))))].sort();
    return own
      .slice(0, 1)
      .map(
        ({ pair }) =>
          `In browsers ${inSentence(pair.worse)} is ahead of ${inSentence(pair.better)}, by ${sizes.join(' to ')} points.`,
      );
  });
}

/** Browsers, step by step, with the size of each difference and what the data cannot tell. */
function browserSentence(judgements: readonly Judgement[], support: Support | null): readonly string[] {
  const told = BROWSER_MEASURE_NAMES.flatMap((name) => {
    const steps = judgements.filter(
      (one) => one.measure.kind === 'browsers' && one.measure.measure === name && isStep(one),
    );
    if (steps.length === 0) return [];
    return [
      `${BROWSER_MEASURES[name]}: ${steps.map((step) => stepText(step, unknownPoints(name, support))).join('; ')}`,
    ];
  });
  return told.length > 0 ? [`${told.join('. ')}.`] : [];
}

/** `SSE over WebSocket is refuted by 0.2 points (99.8 % to 100 %)`. */
function stepText(judgement: Judgement, unknown: number | undefined): string {
  const { pair, shares, outcome } = judgement;
  const points = pointsOf(judgement);
  const figures = shares ? ` (${formatShare(shares.better)} to ${formatShare(shares.worse)})` : '';
  const verdict =
    outcome === 'tie' ? 'a tie' : `${outcome} by ${formatNumber(Number(points.toFixed(1)))} points`;
  const doubt =
    outcome !== 'tie' && unknown !== undefined && points < unknown
      ? `, which is less than the ${unknown.toFixed(1)} % that caniuse cannot tell apart`
      : '';
  return `${inSentence(pair.better)} over ${inSentence(pair.worse)} is ${verdict}${figures}${doubt}`;
}

/**
 * The share of use, in points, that caniuse has under no version it knows. A smaller difference is within what
 * the data cannot tell apart.
 */
function unknownPoints(measure: BrowserMeasure, support: Support | null): number | undefined {
  const known = (support?.features ?? []).flatMap(({ usageKnown }) => usageKnown ?? []);
  return measure === 'usage' && known.length > 0 ? 100 * (1 - Math.min(...known)) : undefined;
}

/** `96.4 %`; what would be rounded to nothing is not. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;
}

/** TLS in front of the server, whoever terminates it. */
const TLS_ID = /(^|[-/])tls($|[-/])/;

/** Whether it is the defaults that decide: what becomes of all transports where a path is tuned, or TLS. */
function decisionSentence(rows: readonly MatrixRow[]): readonly string[] {
  const shipped = rows.filter(({ family }) => family === 'as shipped');
  const tuned = rows.filter(({ family }) => family === 'tuned');
  const tls = rows.filter(({ path }) => TLS_ID.test(path.id));
  const sentences: string[] = [];
  const good = [...tuned, ...tls];
  if (good.length === 0) return [];
  const failing = good.filter((row) => failures(row, 'polite').length > 0);
  const groups = [
    ...(tuned.length > 0
      ? [`${tuned.length === 1 ? 'the tuned product' : `the ${tuned.length} tuned products`}`]
      : []),
    ...(tls.length > 0 ? ['TLS'] : []),
  ];
  const broken = shipped.filter((row) => failures(row, 'naive').length > 0);
  if (failing.length === 0) {
    const through = `through ${listWords(groups)} all ${TECHNIQUES.length} techniques deliver from a polite server.`;
    const politely = shipped.filter((row) => failures(row, 'polite').length > 0);
    sentences.push(
      broken.length > 0
        ? `What decides is defaults: ${through} Of ${shipped.length} products as shipped, ${broken.length} ${broken.length === 1 ? 'does' : 'do'} not let all of them through from a naive server, ${politely.length} not even from a polite one.`
        : `T${through.slice(1)}`,
    );
  } else {
    const named = failing.map((row) => `${row.title} (${failures(row, 'polite').join(', ')})`);
    sentences.push(
      `${good.length - failing.length} of ${good.length} paths that are tuned or TLS deliver all ${TECHNIQUES.length} techniques from a polite server; not so ${listWords(named)}.`,
    );
  }
  const cut = good.filter((row) => !failing.includes(row) && notWhole(row, 'polite').length > 0);
  if (cut.length > 0) {
    sentences.push(
      `Delivered there, but cut on the way: ${cut.map((row) => `${row.title} (${notWhole(row, 'polite').join(', ')})`).join('; ')}.`,
    );
  }
  return [sentences.join(' ')];
}

function failures({ cells }: MatrixRow, manners: Manners): readonly string[] {
  return describeCells(cells[manners], (cell) => !isDelivered(cell.outcome));
}

function notWhole({ cells }: MatrixRow, manners: Manners): readonly string[] {
  return describeCells(cells[manners], (cell) => cell.outcome !== 'whole');
}

type Cells = MatrixRow['cells'][Manners];

/** `WebSocket nothing`, `SSE recovered, cut twice`. */
function describeCells(
  cells: Cells,
  wanted: (cell: NonNullable<Cells[TransportName]>) => boolean,
): readonly string[] {
  return TECHNIQUES.flatMap((name) => {
    const cell = cells[name];
    return cell && wanted(cell) ? [`${inSentence(name)} ${outcomeWords(cell)}`] : [];
  });
}

/** Silent deaths are the worst that a path can do: they are told by name. */
function silenceSentence(rows: readonly MatrixRow[]): readonly string[] {
  const told = MANNERS.flatMap((manners) => {
    const dead = rows.flatMap(({ title, cells }) => {
      const names = TECHNIQUES.filter((name) => cells[manners][name]?.outcome === 'dead');
      return names.length > 0 ? [`${title} (${listWords(names.map(inSentence))})`] : [];
    });
    return dead.length > 0 ? [`with a ${manners} server ${dead.join('; ')}`] : [];
  });
  return told.length > 0 ? [`Silently dead after the silence: ${told.join('. And ')}.`] : [];
}
