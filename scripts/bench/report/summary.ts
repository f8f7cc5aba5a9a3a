import type { ResultChart } from '../../../web/charts/results.ts';
import type { Analysis, ScenarioAnalysis } from '../../../web/results/analysis.ts';
import {
  batchedTransports,
  batchingSentences,
  WINDOW_HEAD,
  windowRows,
} from '../../../web/results/batching.ts';
import { COMPARISONS_NOTE, comparisonTable, findComparisons } from '../../../web/results/comparisons.ts';
import { CONTRASTS_TITLE, type Findings, MODEL_NOTE } from '../../../web/results/findings.ts';
import { formatEstimate, formatFigure, formatNumber } from '../../../web/results/format.ts';
import { GOAL_OUTCOMES, goalRows } from '../../../web/results/goals.ts';
import { verdictMatrix, verdictText } from '../../../web/results/matrix.ts';
import type { Results } from '../../../web/results/schema.ts';
import { list, table } from './markdown.ts';

/** The run in Markdown: findings, matrix, charts and the medians, for a terminal or a repository's page. */
export function toSummary(
  { run, machine }: Results,
  analysis: Analysis,
  findings: Findings,
  charts: readonly ResultChart[],
): string {
  const parts = [
    `# Run ${run.name}`,
    findings.headline,
    `${run.blocks} ${run.blocks === 1 ? 'block' : 'blocks'}${run.complete ? '' : ', stopped before the end'}; ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, ${machine.os} ${machine.kernel}; \`${run.command}\`, seed ${run.seed}, commit ${run.commit ?? 'unknown'}${run.modified ? ' with changes' : ''}. Times hold for this machine; ratios carry over.`,
    findings.digest.map((sentence) => `- ${sentence}`).join('\n'),
    ...goalsOf(analysis),
    ...stepsOf(findings),
    ...(['folk', 'lab'] as const).flatMap((source) => matrixOf(analysis, source)),
    '## Charts',
    charts.map(({ id, title }) => `![${title}](charts/${id}.svg)`).join('\n\n'),
    ...batchingOf(analysis),
    ...analysis.scenarios.flatMap(comparisonsOf),
    '## Figures',
    ...analysis.scenarios.flatMap((scenario) => [
      `### ${scenario.result.title}: ${scenario.result.question}`,
      ...scenario.result.metrics.flatMap((metric) => {
        const figures = scenario.figures.filter((figure) => figure.metric === metric);
        if (figures.length === 0) return [];
        const lanes = scenario.result.lanes.filter((lane) => figures.some((figure) => figure.lane === lane));
        const cells = scenario.result.cells.filter((cell) => figures.some((figure) => figure.cell === cell));
        return [
          `**${metric.title}**. ${metric.definition}`,
          table(
            ['Cell', ...lanes.map(({ title }) => title)],
            cells.map((cell) => [
              cell.title,
              ...lanes.map((lane) => {
                const figure = figures.find((one) => one.lane === lane && one.cell === cell);
                return figure ? formatEstimate(figure.measured, metric.unit) : '';
              }),
            ]),
          ),
        ];
      }),
    ]),
    ...(findings.contrasts.length === 0
      ? []
      : [`## ${CONTRASTS_TITLE}`, findings.contrasts.map((text) => `- ${text}`).join('\n')]),
    ...(findings.model.length === 0
      ? []
      : [
          '## Measured beside model',
          MODEL_NOTE,
          table(
            ['Lane, cell', 'Metric', 'Measured', 'Model', 'Difference', 'Within the interval'],
            findings.model.map(({ figure, deviation }) => [
              `${figure.lane.title}, ${figure.cell.title}`,
              figure.metric.title,
              formatEstimate(figure.measured, figure.metric.unit),
              formatFigure(figure.model ?? 0, figure.metric.unit),
              `${deviation >= 0 ? '+' : '−'}${formatNumber(Math.abs(deviation) * 100)} %`,
              figure.modelWithin === undefined ? '–' : figure.modelWithin ? 'yes' : 'no',
            ]),
          ),
        ]),
    ...[...machine.limits, ...findings.caveats].map((text) => `> ${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

function stepsOf({ steps, crossovers }: Findings): readonly string[] {
  if (steps.length === 0) return [];
  return [
    '## Where it holds, where it turns over, and why',
    ...steps.flatMap(({ title, lines, tally }) => [
      `### ${title}`,
      `${tally.reproduced} reproduced, ${tally.refuted} refuted, ${tally.tie} ties, ${tally.undecided} undecided.`,
      list(
        lines.map(
          ({ scenario, metric, text, why }) =>
            `**${scenario}: ${metric.title}**: ${text}.${why ? ` ${why}` : ''}`,
        ),
      ),
    ]),
    ...(crossovers.length === 0
      ? []
      : [
          '## Crossovers',
          list(
            crossovers.map(
              ({ title, holds, turns, why }) =>
                `**${title}**\n  - as the claim has it: ${holds.join('; ')}\n  - the other way round: ${turns.join('; ')}${why ? `\n  - ${why}` : ''}`,
            ),
          ),
        ]),
  ];
}

function matrixOf(analysis: Analysis, source: 'folk' | 'lab'): readonly string[] {
  const { steps, rows } = verdictMatrix(analysis, source);
  if (rows.length === 0) return [];
  return [
    source === 'folk' ? '## The folk ranking, cell by cell' : '## Questions of our own, cell by cell',
    'How many times better the first is (median, 95 % interval): ✓ reproduced, ✗ refuted, = tie, ? undecided.',
    table(
      ['Metric · cell', ...steps.map(({ title }) => title)],
      rows.map(({ scenario, title, cells }) => [
        `${scenario}: ${title}`,
        ...cells.map((verdict) => (verdict ? verdictText(verdict) : '')),
      ]),
    ),
  ];
}

function batchingOf(analysis: Analysis): readonly string[] {
  const rows = windowRows(analysis);
  if (rows.length === 0) return [];
  return [
    '## What batching does',
    list(batchingSentences(batchedTransports(analysis))),
    table(WINDOW_HEAD, rows),
  ];
}

function comparisonsOf(scenario: ScenarioAnalysis): readonly string[] {
  const findings = findComparisons(scenario);
  if (findings.length === 0) return [];
  const { columns, rows } = comparisonTable(scenario);
  return [
    `## ${scenario.result.title}`,
    list(findings.map(({ title, sentences }) => `**${title}**. ${sentences.join(' ')}`)),
    COMPARISONS_NOTE,
    table(
      ['Metric · cell', ...columns],
      rows.map(({ title, cells }) => [title, ...cells]),
    ),
  ];
}

function goalsOf(analysis: Analysis): readonly string[] {
  const rows = goalRows(analysis);
  if (rows.length === 0) return [];
  return [
    '## Goals, set before the run',
    `Median, 95 % interval: met where all of it is within the goal, missed where none of it is.${analysis.claims ? '' : ' So few blocks decide nothing.'}`,
    table(
      ['What', 'Goal', 'Measured', 'Outcome'],
      rows.map(({ what, goal, measured, outcome }) => {
        const { sign, word } = GOAL_OUTCOMES[outcome];
        return [what, goal, measured, `${sign} ${word}`];
      }),
    ),
  ];
}
