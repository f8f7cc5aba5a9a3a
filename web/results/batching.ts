import { folkRankOf } from '../../server/wire.ts';
import type { Analysis, Figure, ScenarioAnalysis } from './analysis.ts';
import { type BurstFit, costAt, fitBurst } from './burst-fit.ts';
import type { Estimate } from './estimate.ts';
import { formatEstimate, formatNumber, listWords } from './format.ts';
import type { Cell, Lane } from './schema.ts';

/** What batching does to a transport: what was measured, and the line through it. */
export interface BatchedTransport {
  readonly lane: Lane;
  readonly points: readonly BatchPoint[];
  readonly fit: BurstFit | undefined;
}

/** Deliveries that share their write, or their answer, with so many. */
export interface BatchPoint {
  readonly title: string;
  readonly burst: number;
  readonly cost: Estimate;
  /** `window`: messages waited for others. `turn`: so many were published in one turn of the event loop. */
  readonly by: 'window' | 'turn';
}

/** Of the peers scenario: where the lab is measured with as many messages a turn as the cell says. */
const TURNS = { scenario: 'peers', lane: 'lab', subscribers: 500 } as const;

/** By how many messages a write batching is judged in words. */
export const WORDED_BURST = 8;

/** Every transport of the coalescing scenario; none where the run does not have it. */
export function batchedTransports({ scenarios }: Analysis): readonly BatchedTransport[] {
  const windows = scenarios.find(({ result }) => result.name === 'batching');
  const turns = scenarios.find(({ result }) => result.name === TURNS.scenario);
  return (windows?.result.lanes ?? []).flatMap((lane): BatchedTransport[] => {
    const points = [...pointsByWindow(windows, lane), ...pointsByTurn(turns, lane)].sort(
      (a, b) => a.burst - b.burst,
    );
    const fit = fitBurst(points.map(({ burst, cost }) => ({ burst, cost: cost.median })));
    return points.length === 0 ? [] : [{ lane, points, fit }];
  });
}

function pointsByWindow(windows: ScenarioAnalysis | undefined, lane: Lane): readonly BatchPoint[] {
  return figuresOf(windows, lane.id, 'cpu').flatMap(({ cell, measured }): BatchPoint[] => {
    const burst = figuresOf(windows, lane.id, 'burst').find((figure) => figure.cell === cell);
    return burst ? [{ title: cell.title, burst: burst.measured.median, cost: measured, by: 'window' }] : [];
  });
}

function pointsByTurn(turns: ScenarioAnalysis | undefined, { transport }: Lane): readonly BatchPoint[] {
  return figuresOf(turns, TURNS.lane, 'cpu').flatMap(({ cell, measured }): BatchPoint[] => {
    const { burst, subscribers } = cell.conditions;
    if (cell.conditions['transport'] !== transport || subscribers !== TURNS.subscribers) return [];
    // A poll that brings nothing delivers nothing.
    if (typeof burst !== 'number' || burst === 0) return [];
    return [{ title: cell.title, burst, cost: measured, by: 'turn' }];
  });
}

function figuresOf(scenario: ScenarioAnalysis | undefined, lane: string, metric: string): readonly Figure[] {
  return (scenario?.figures ?? []).filter((one) => one.lane.id === lane && one.metric.id === metric);
}

/** "8.9/burst + 0.08 µs". */
export function formatFit({ perWrite, perMessage }: BurstFit): string {
  const parts = [
    ...(perWrite > 0 ? [`${formatNumber(perWrite)}/burst`] : []),
    ...(perMessage > 0 ? [formatNumber(perMessage)] : []),
  ];
  return `${parts.join(' + ')} µs`;
}

/** What the lines say of the two ways to make a delivery cheaper. */
interface BatchingShares {
  /** Of those with a line the one that the folk ranking says is best. */
  readonly reference: Lane;
  /** How many times as much a message that has a write to itself costs over each of the others, ascending. */
  readonly protocol: readonly LaneRatio[];
  /** How many times cheaper `WORDED_BURST` messages a write are than one. */
  readonly batching: readonly LaneRatio[];
}

interface LaneRatio {
  readonly lane: Lane;
  readonly ratio: number;
}

/** Undefined where fewer than two transports have a line. */
export function batchingShares(transports: readonly BatchedTransport[]): BatchingShares | undefined {
  const fitted = transports
    .flatMap(({ lane, fit }) => (fit ? [{ lane, fit, alone: costAt(fit, 1) }] : []))
    .sort((a, b) => folkRank(a.lane) - folkRank(b.lane));
  const [reference, ...others] = fitted;
  if (!reference || others.length === 0) return undefined;
  return {
    reference: reference.lane,
    protocol: others
      .map(({ lane, alone }) => ({ lane, ratio: alone / reference.alone }))
      .sort((a, b) => a.ratio - b.ratio),
    batching: fitted.map(({ lane, fit, alone }) => ({ lane, ratio: alone / costAt(fit, WORDED_BURST) })),
  };
}

function folkRank({ transport }: Lane): number {
  return transport ? folkRankOf(transport) : Number.POSITIVE_INFINITY;
}

/** The lines in words: what the protocol makes of a cost, and what batching does. */
export function batchingSentences(transports: readonly BatchedTransport[]): readonly string[] {
  const lines = transports.flatMap(({ lane, points, fit }) => {
    if (!fit) return [];
    const bursts = points.map(({ burst }) => burst);
    const range = `${formatNumber(Math.min(...bursts))} to ${formatNumber(Math.max(...bursts))} messages a write`;
    const quality =
      points.length > 2
        ? `the ${points.length} points, at ${range}, are off it by ${formatNumber(fit.error * 100)} % (root mean square)`
        : `a line through two points, at ${range}`;
    return [`${lane.title}: a delivery takes ${formatFit(fit)} of the server’s processor time; ${quality}.`];
  });
  const shares = batchingShares(transports);
  if (!shares) return lines;
  const words = (all: readonly LaneRatio[]) =>
    listWords(all.map(({ lane, ratio }) => `${lane.title} ${formatNumber(ratio)}×`));
  return [
    ...lines,
    `The protocol, by these lines: with one message a write a delivery costs over ${words(shares.protocol)} of what it costs over ${shares.reference.title}.`,
    `Batching, by the same lines: with ${WORDED_BURST} messages a write instead of one a delivery is cheaper over ${words(shares.batching)}.`,
  ];
}

/** What each window made of the load: rows of text under `WINDOW_HEAD`. */
export const WINDOW_HEAD = [
  'Transport, window',
  'Messages per write or answer',
  'Server CPU per delivery, µs',
  'The line says, µs',
  'Median latency, ms',
  '99th percentile, ms',
  'Bytes per delivery',
] as const;

export function windowRows(analysis: Analysis): readonly (readonly string[])[] {
  const windows = analysis.scenarios.find(({ result }) => result.name === 'batching');
  if (!windows) return [];
  return batchedTransports(analysis).flatMap(({ lane, fit }) =>
    windows.result.cells.flatMap((cell: Cell) => {
      const at = (metric: string) =>
        figuresOf(windows, lane.id, metric).find((figure) => figure.cell === cell)?.measured;
      const burst = at('burst');
      const cost = at('cpu');
      if (!burst || !cost) return [];
      const tell = (estimate: Estimate | undefined) => (estimate ? formatEstimate(estimate, '') : '');
      return [
        [
          `${lane.title}, ${cell.title}`,
          tell(burst),
          tell(cost),
          fit ? formatNumber(costAt(fit, burst.median)) : '',
          tell(at('p50')),
          tell(at('p99')),
          tell(at('bytes')),
        ],
      ];
    }),
  );
}
