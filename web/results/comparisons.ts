import { TRANSPORTS } from '../../server/wire.ts';
import type { ComparisonFigure, ScenarioAnalysis } from './analysis.ts';
import { outcomeOf } from './estimate.ts';
import { formatRatio, listWords, rangeWords } from './format.ts';
import { groupBy } from './group.ts';
import type { Cell, Lane, Metric } from './schema.ts';
import type { TextRow } from './text-table.tsx';

/** What one lane takes of what another does, in words. */
export interface ComparisonFinding {
  readonly title: string;
  /** A sentence for each group of cells: what a message takes, what a connection takes. */
  readonly sentences: readonly string[];
}

/** Metrics within a sentence. */
const NOUNS: Readonly<Record<string, string>> = {
  p50: 'median latency',
  requests: 'requests',
  bytes: 'bytes at the socket',
  wireBytes: 'bytes on the wire',
  cpu: 'server CPU',
  lineBytes: 'bytes on the line',
  connectTime: 'time to a first answer',
  connectRequests: 'requests',
  connectBytes: 'bytes',
  connectCpu: 'server CPU',
  connectRss: 'resident memory',
};

/** Those that stand for all in a digest. */
const IN_DIGEST: ReadonlySet<string> = new Set(['cpu', 'connectCpu']);

export function findComparisons({ comparisons }: ScenarioAnalysis): readonly ComparisonFinding[] {
  return [...groupBy(comparisons, ({ comparison }) => comparison).values()].flatMap((group) => {
    const first = group[0];
    if (!first) return [];
    const judged = group.filter(({ metric }) => metric.judged);
    const { lane, against } = first;
    return {
      title: titleOf(lane, against),
      sentences: sentencesOf(judged, against),
    };
  });
}

function titleOf(lane: Lane, against: Lane): string {
  if (familyOf(against) === 'control') return `${lane.title} over ${against.title}, the floor`;
  if (familyOf(lane) === 'library' && isBuiltOn(lane, against))
    return `${lane.title}, built on ${against.title}`;
  return `${lane.title} beside ${against.title}`;
}

function familyOf({ transport }: Lane) {
  return transport && TRANSPORTS[transport].family;
}

function isBuiltOn({ transport }: Lane, against: Lane): boolean {
  return transport !== undefined && TRANSPORTS[transport].against === against.transport;
}

/** "Beside one over WebSocket, a message takes 2× the server CPU, and the same requests." */
function sentencesOf(figures: readonly ComparisonFigure[], against: Lane): readonly string[] {
  return [...groupBy(figures, ({ cell }) => cell.group)].flatMap(([group = 'one', ofGroup]) => {
    const metrics = [...groupBy(ofGroup, ({ metric }) => metric).values()];
    const parts = metrics.filter(isAmount).map((ofMetric) => amountOf(ofMetric, against));
    const differing = parts.flatMap(({ differs, text }) => (differs ? text : []));
    const equal = parts.flatMap(({ differs, text }) => (differs ? [] : text));
    const same = equal.length === 0 ? [] : [`the same ${listWords(equal)}`];
    const amounts = [listWords(differing), ...same].filter((text) => text !== '').join(', and ');
    return amounts === '' ? [] : `Beside one over ${against.title}, ${lowerFirst(group)} takes ${amounts}.`;
  });
}

/** A slope may come out below nothing in a block or two: there is no saying how many times as much that is. */
function isAmount(figures: readonly ComparisonFigure[]): boolean {
  return figures.every(({ ratio }) => ratio.median >= 0);
}

/** One metric over all cells of a group. */
function amountOf(
  figures: readonly ComparisonFigure[],
  against: Lane,
): { readonly differs: boolean; readonly text: string } {
  const noun = nounOf(figures[0]?.metric);
  const ratios = figures.map(({ ratio }) => ratio.median);
  const low = Math.min(...ratios);
  const high = Math.max(...ratios);
  const outcomes = figures.map(({ ratio }) => outcomeOf(ratio));
  if (outcomes.every((outcome) => outcome === 'tie')) return { differs: false, text: noun };
  if (low === Number.POSITIVE_INFINITY) {
    return { differs: true, text: `${noun} (${against.title} needs none)` };
  }
  if (high === 0) return { differs: true, text: `no ${noun}` };
  const open = outcomes.every((outcome) => outcome === 'undecided') ? ' (undecided)' : '';
  return { differs: true, text: `${rangeWords(low, high)} the ${noun}${open}` };
}

/** A line for each group of cells, by processor time alone. */
export function digestComparisons({ comparisons }: ScenarioAnalysis): readonly string[] {
  const figures = comparisons.filter(({ metric }) => metric.judged && IN_DIGEST.has(metric.id));
  return [...groupBy(figures, ({ cell }) => cell.group)].flatMap(([group = 'one', ofGroup]) => {
    const pairs = [...groupBy(ofGroup, ({ comparison }) => comparison).values()].flatMap(shareOf);
    if (pairs.length === 0) return [];
    return `The ${nounOf(ofGroup[0]?.metric)} that ${lowerFirst(group)} takes: ${pairs.join('; ')}.`;
  });
}

/** "NDJSON 2× to 3× that of SSE" */
function shareOf(figures: readonly ComparisonFigure[]): readonly string[] {
  const [first] = figures;
  if (!first || !isAmount(figures)) return [];
  const ratios = figures.map(({ ratio }) => ratio.median);
  const isSame = figures.every(({ ratio }) => outcomeOf(ratio) === 'tie');
  const share = isSame ? 'the same as' : `${rangeWords(Math.min(...ratios), Math.max(...ratios))} that of`;
  return [`${first.lane.title} ${share} ${first.against.title}`];
}

function nounOf(metric: Metric | undefined): string {
  return metric ? (metric.noun ?? NOUNS[metric.id] ?? lowerFirst(metric.title)) : '';
}

function lowerFirst(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

export const COMPARISONS_NOTE =
  'The first over the second, block against block: median with its 95 % interval. Within 5 % of 1 the two are the same.';

/** All ratios: a row for each metric and cell, a column for each two. */
export interface ComparisonTable {
  readonly columns: readonly string[];
  readonly rows: readonly TextRow[];
}

export function comparisonTable({ comparisons, result }: ScenarioAnalysis): ComparisonTable {
  const pairs = [...groupBy(comparisons, ({ comparison }) => comparison).values()];
  const ratioAt = (pair: readonly ComparisonFigure[], metric: Metric, cell: Cell) => {
    const figure = pair.find((one) => one.metric === metric && one.cell === cell);
    return figure ? formatRatio(figure.ratio) : '';
  };
  return {
    columns: pairs.flatMap(([first]) => (first ? `${first.lane.title} / ${first.against.title}` : [])),
    rows: result.metrics.flatMap((metric) =>
      result.cells.flatMap((cell) => {
        const cells = pairs.map((pair) => ratioAt(pair, metric, cell));
        return cells.every((text) => text === '') ? [] : { title: `${metric.title} · ${cell.title}`, cells };
      }),
    ),
  };
}
