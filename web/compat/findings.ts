import { MANNERS, type Manners, TRANSPORT_NAMES, type TransportName } from '../../server/wire.ts';
import { listWords } from '../results/format.ts';
import { type Change, mannersAdvice } from './advice.ts';
import { type CompatMatrix, compatMatrix, FAMILIES, FAMILY_NAMES, type MatrixRow } from './matrix.ts';
import { FOLK_ORDER_TEXT, inSentence } from './names.ts';
import { isDelivered, outcomeWords } from './outcomes.ts';
import type { Compat } from './schema.ts';
import {
  type BrowserShare,
  browserShares,
  FOLK_ORDER,
  type Judgement,
  judgePairs,
  measureTitle,
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
  /** Which rows are there, and what follows from that. */
  readonly bias: readonly string[];
}

export function findCompat(compat: Compat): CompatFindings {
  const matrix = compatMatrix(compat);
  const { rows } = matrix;
  const judgements = judgePairs(rows, compat.support);
  const weights = weightedOrders(rows);
  const claims = compat.run.timeScale === 1 && compat.run.complete;
  const verdict = tallySentence(judgements);
  return {
    claims,
    matrix,
    pathShares: pathShares(rows),
    browserShares: browserShares(compat.support),
    judgements,
    weights,
    advice: mannersAdvice(rows),
    headline: claims ? verdict : `${noClaim(compat)} What it saw: ${verdict}`,
    sentences: [
      ...decisionSentences(rows),
      ...judgements
        .map(({ measure }) => measure)
        .filter((measure, at, all) => all.indexOf(measure) === at)
        .map((measure) => measureSentence(judgements.filter((one) => one.measure === measure))),
      ...silenceSentences(rows),
    ],
    bias: biasSentences(matrix, judgements),
  };
}

/** Why nothing is claimed. */
function noClaim({ run }: Compat): string {
  if (!run.complete) return 'This run was stopped before its end and makes no claim.';
  return `A quick run, its silences and limits at ${run.timeScale} of their time: it makes no claim.`;
}

function tallySentence(judgements: readonly Judgement[]): string {
  if (judgements.length === 0) return 'Nothing could be compared.';
  const count = (outcome: Judgement['outcome']) => judgements.filter((one) => one.outcome === outcome).length;
  const parts = [
    `${count('reproduced')} ${count('reproduced') === 1 ? 'is' : 'are'} reproduced`,
    `${count('refuted')} refuted`,
    `${count('mixed')} mixed`,
    count('tie') === 1 ? '1 tie' : `${count('tie')} ties`,
  ];
  return `Of the ${judgements.length} comparisons that “${FOLK_ORDER_TEXT}” makes, ${listWords(parts)}.`;
}

/** One score: what of the folk order's steps holds by it. */
function measureSentence(judgements: readonly Judgement[]): string {
  const [first] = judgements;
  if (!first) return '';
  const steps = judgements.filter(
    ({ pair }) => FOLK_ORDER.indexOf(pair.worse) - FOLK_ORDER.indexOf(pair.better) === 1,
  );
  return `${measureTitle(first.measure)}: ${steps.map(stepText).join('; ')}.`;
}

/** `SSE over WebSocket is reproduced (5 to 0)`, or with the shares. */
function stepText({ pair, wins, losses, shares, outcome }: Judgement): string {
  const figures = shares
    ? `${formatShare(shares.better)} to ${formatShare(shares.worse)}`
    : `${wins.length} to ${losses.length}`;
  return `${inSentence(pair.better)} over ${inSentence(pair.worse)} is ${PAIR_WORDS[outcome]} (${figures})`;
}

const PAIR_WORDS = { reproduced: 'reproduced', refuted: 'refuted', mixed: 'mixed', tie: 'a tie' } as const;

/** `96.4 %`; what would be rounded to nothing is not. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;
}

/** TLS in front of the server, whoever terminates it. */
const TLS_ID = /(^|[-/])tls($|[-/])/;

/** Whether it is the defaults that decide: what becomes of all transports where a path is tuned, or TLS. */
function decisionSentences(rows: readonly MatrixRow[]): readonly string[] {
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
    const through = `through ${listWords(groups)} all ${TRANSPORT_NAMES.length} transports deliver from a polite server.`;
    const politely = shipped.filter((row) => failures(row, 'polite').length > 0);
    sentences.push(
      broken.length > 0
        ? `What decides is defaults: ${through} Of ${shipped.length} products as shipped, ${broken.length} ${broken.length === 1 ? 'does' : 'do'} not let all of them through from a naive server, ${politely.length} not even from a polite one.`
        : `T${through.slice(1)}`,
    );
  } else {
    const named = failing.map((row) => `${row.title} (${failures(row, 'polite').join(', ')})`);
    sentences.push(
      `${good.length - failing.length} of ${good.length} paths that are tuned or TLS deliver all ${TRANSPORT_NAMES.length} transports from a polite server; not so ${listWords(named)}.`,
    );
  }
  const cut = good.filter((row) => !failing.includes(row) && notWhole(row, 'polite').length > 0);
  if (cut.length > 0) {
    sentences.push(
      `Delivered there, but cut on the way: ${cut.map((row) => `${row.title} (${notWhole(row, 'polite').join(', ')})`).join('; ')}.`,
    );
  }
  return sentences;
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
  return TRANSPORT_NAMES.flatMap((name) => {
    const cell = cells[name];
    return cell && wanted(cell) ? [`${inSentence(name)} ${outcomeWords(cell)}`] : [];
  });
}

/** Silent deaths are the worst that a path can do: they are told by name. */
function silenceSentences(rows: readonly MatrixRow[]): readonly string[] {
  return MANNERS.flatMap((manners) => {
    const dead = rows.flatMap(({ title, cells }) => {
      const names = TRANSPORT_NAMES.filter((name) => cells[manners][name]?.outcome === 'dead');
      return names.length > 0 ? [`${title} (${listWords(names.map(inSentence))})`] : [];
    });
    return dead.length > 0
      ? [`Silently dead after the silence with a ${manners} server: ${dead.join('; ')}.`]
      : [];
  });
}

/** What the choice of rows does to the counts: nobody has drawn them at random. */
function biasSentences({ rows }: CompatMatrix, judgements: readonly Judgement[]): readonly string[] {
  if (rows.length === 0) return [];
  const kinds = FAMILY_NAMES.flatMap((family) => {
    const count = rows.filter((row) => row.family === family).length;
    return count > 0 ? [`${count} ${FAMILIES[family].toLowerCase()}`] : [];
  });
  const roles = (['reverse proxy', 'forward proxy'] as const).flatMap((role) => {
    const products = new Set(rows.filter(({ path }) => path.role === role).map(({ path }) => path.title));
    return products.size > 0 ? [`${listWords([...products])} as ${role}`] : [];
  });
  const alone = TRANSPORT_NAMES.flatMap((name) => {
    const only = rows.filter(
      ({ cells }) =>
        cells.naive[name] &&
        !isDelivered(cells.naive[name].outcome) &&
        TRANSPORT_NAMES.every((other) => {
          const cell = cells.naive[other];
          return other === name || (cell !== undefined && isDelivered(cell.outcome));
        }),
    );
    return only.length > 0 ? [`${inSentence(name)} on ${only.length}`] : [];
  });
  const onOneRow = judgements.filter(
    ({ measure, outcome, wins, losses }) =>
      measure.kind === 'paths' &&
      // A mixed one has its verdict from both sides: either of them may hang on one row.
      (outcome === 'mixed' ? Math.min(wins.length, losses.length) === 1 : wins.length + losses.length === 1),
  );
  return [
    `The rows are ${listWords(kinds)}${roles.length > 0 ? `: ${listWords(roles)}` : ''}. They were chosen for being at hand, not drawn from the world’s paths: mobile networks, company proxies that open TLS, CDNs, cloud balancers and virus scanners are not among them, and a share of rows is no share of users.`,
    ...(rows.some(({ family }) => family === 'mechanism')
      ? [
          'Each mechanism was written because it breaks something; how many there are against each transport is the choice of whoever wrote them. That is why they are a family of their own.',
        ]
      : []),
    ...(alone.length > 0
      ? [
          `With a naive server, one transport alone fails: ${listWords(alone)} of ${rows.length} rows. A further row of such a kind moves a score; it cannot undo a named witness.`,
        ]
      : []),
    ...(onOneRow.length > 0
      ? [
          `${onOneRow.length} of the ${judgements.filter(({ measure }) => measure.kind === 'paths').length} judgements by paths hang on a single row: without it the outcome would be another.`,
        ]
      : []),
  ];
}
