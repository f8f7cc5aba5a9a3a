import type { CompatFindings } from '../compat/findings.ts';
import type { Compat } from '../compat/schema.ts';
import { furtherChart, matrixChart } from './compat-matrix.ts';
import { browserChart, scoreChart } from './compat-scores.ts';
import { timelineChart } from './compat-support.ts';
import type { ResultChart } from './results.ts';

/** A chart of a run of the compatibility lab. */
export type CompatChart = ResultChart | ResultChart<'matrix'>;

/** All charts of a run, in the order in which they are to be read. */
export function compatCharts(compat: Compat, findings: CompatFindings): readonly CompatChart[] {
  return [
    ...matrixChart(findings.matrix.rows),
    ...furtherChart(findings.matrix.rows, findings.further),
    ...scoreChart('delivered', findings.pathShares),
    ...scoreChart('uncut', findings.pathShares),
    ...browserChart(compat.support),
    ...timelineChart(compat.support),
  ];
}
