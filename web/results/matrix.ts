import type { Analysis, Verdict } from './analysis.ts';
import { formatRatio, OUTCOMES } from './format.ts';
import { groupBy } from './group.ts';

/** The claims of a source: a row for each metric and cell, a column for each step. */
export interface Matrix {
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  readonly rows: readonly {
    readonly scenario: string;
    readonly title: string;
    readonly cells: readonly (Verdict | undefined)[];
  }[];
}

export function verdictMatrix({ scenarios }: Analysis, source: 'folk' | 'lab'): Matrix {
  const all = scenarios.flatMap(({ result, verdicts }) =>
    verdicts
      .filter(({ claim }) => claim.source === source)
      .map((verdict) => ({ scenario: result.title, verdict })),
  );
  const steps = [...groupBy(all, ({ verdict }) => stepId(verdict))].map(([id, [first]]) => ({
    id,
    title: first ? `${first.verdict.better.title} > ${first.verdict.worse.title}` : id,
  }));
  const rows = groupBy(all, ({ scenario, verdict }) => `${scenario}|${verdict.metric.id}|${verdict.cell.id}`);
  return {
    steps,
    rows: [...rows.values()].flatMap((group) => {
      const first = group[0];
      if (!first) return [];
      const { metric, cell } = first.verdict;
      const cells = steps.map(({ id }) => group.find(({ verdict }) => stepId(verdict) === id)?.verdict);
      return [{ scenario: first.scenario, title: `${metric.title} · ${cell.title}`, cells }];
    }),
  };
}

function stepId({ better, worse }: Verdict): string {
  return `${better.id}>${worse.id}`;
}

/** A verdict as the matrix shows it: sign and ratio. */
export function verdictText({ outcome, ratio }: Verdict): string {
  return `${OUTCOMES[outcome].sign} ${formatRatio(ratio)}`;
}
