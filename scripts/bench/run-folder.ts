import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resultCharts } from '../../web/charts/results.ts';
import { analyse } from '../../web/results/analysis.ts';
import { find } from '../../web/results/findings.ts';
import type { Results } from '../../web/results/schema.ts';
import { toCsv } from './report/csv.ts';
import { writeReport } from './report/html.ts';
import { writeImages } from './report/images.ts';
import { toSummary } from './report/summary.ts';

/** Writes the raw records, so that a run that is stopped has lost nothing: whole or not at all. */
export async function saveResults(folder: string, results: Results): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'results.json');
  await writeFile(`${path}.part`, `${JSON.stringify(results, null, 1)}\n`);
  await rename(`${path}.part`, path);
}

/** Writes all that is made of the raw records: table, images, summary and report. Returns the headline. */
export async function writeArtefacts(folder: string, results: Results): Promise<string> {
  const analysis = analyse(results);
  const findings = find(analysis);
  const charts = resultCharts(analysis);
  await writeFile(join(folder, 'results.csv'), toCsv(results));
  await writeImages(charts, join(folder, 'charts'));
  await writeFile(join(folder, 'summary.md'), toSummary(results, analysis, findings, charts));
  await writeReport(results, join(folder, 'report.html'));
  return findings.headline;
}
