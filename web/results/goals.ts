import type { Analysis, GoalFigure, GoalOutcome } from './analysis.ts';
import { formatEstimate, formatFigure, formatNumber, formatRatio } from './format.ts';

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
  };

export function goalRows({ scenarios }: Analysis): readonly GoalRow[] {
  return scenarios.flatMap(({ goals }) => goals.map(rowOf));
}

function rowOf({ goal, lane, over, cell, metric, measured, outcome }: GoalFigure): GoalRow {
  const what = `${metric.title}, ${cell.title}: ${lane.title}`;
  const mark = goal.stretch ? ' (a stretch)' : '';
  return over !== undefined
    ? {
        what: `${what} over ${over}`,
        goal: `≤ ${formatNumber(goal.atMost)}×${mark}`,
        measured: formatRatio(measured),
        outcome,
      }
    : {
        what,
        goal: `≤ ${formatFigure(goal.atMost, metric.unit)}${mark}`,
        measured: formatEstimate(measured, metric.unit),
        outcome,
      };
}
