import type { Analysis, GoalFigure, GoalOutcome } from './analysis.ts';
import type { Estimate } from './estimate.ts';
import { formatEstimate, formatFigure, formatNumber, formatRatio } from './format.ts';
import type { Goal, Metric } from './schema.ts';

/** A goal in words, for a table's row. */
export interface GoalRow {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly outcome: GoalOutcome;
}

export const GOAL_OUTCOMES: Readonly<Record<GoalOutcome, { readonly sign: string; readonly word: string }>> =
  {
    met: { sign: '✓', word: 'met' },
    missed: { sign: '✗', word: 'missed' },
    undecided: { sign: '?', word: 'undecided' },
    unmeasured: { sign: '–', word: 'no figures' },
  };

export function goalRows({ scenarios }: Analysis): readonly GoalRow[] {
  return scenarios.flatMap(({ goals }) => goals.map(rowOf));
}

function rowOf({ goal, lane, against, from, cell, metric, measured, outcome }: GoalFigure): GoalRow {
  const isRatio = against !== undefined || from !== undefined;
  const limit = isRatio ? `${formatNumber(goal.atMost)}×` : formatFigure(goal.atMost, metric.unit);
  const figure = measured && (isRatio ? formatRatio(measured) : amountOf(goal, measured, metric));
  const over = against ? ` over ${against.title}` : '';
  const compared = from ? `, compared with ${from.title}` : '';
  return {
    what: `${metric.title}, ${cell.title}${compared}: ${lane.title}${over}`,
    goal: `≤ ${limit}${goal.stretch ? ' (a stretch)' : ''}${goal.everyBlock ? ' in every block' : ''}`,
    measured: figure ?? 'no trial had figures',
    outcome,
  };
}

function amountOf({ everyBlock }: Goal, measured: Estimate, { unit }: Metric): string {
  return everyBlock ? `at most ${formatFigure(measured.high, unit)}` : formatEstimate(measured, unit);
}
