import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CompatChart, compatCharts } from '../../web/charts/compat.ts';
import { resultCharts } from '../../web/charts/results.ts';
import { findCompat } from '../../web/compat/findings.ts';
import { COMPAT_SCHEMA, type Compat } from '../../web/compat/schema.ts';
import { analyse } from '../../web/results/analysis.ts';
import { find } from '../../web/results/findings.ts';
import { RESULTS_SCHEMA, type Results } from '../../web/results/schema.ts';
import { environmentsCsv, pathsCsv, supportCsv } from './report/compat-csv.ts';
import { toCompatSummary } from './report/compat-summary.ts';
import { toCsv } from './report/csv.ts';
import { toSummary } from './report/summary.ts';

/** A run's raw records: what it cost, what came through, or both. */
export interface RunRecords {
  readonly results?: Results;
  readonly compat?: Compat;
}

/** Writes the raw records, so that a run that is stopped has lost nothing: whole or not at all. */
export async function saveResults(folder: string, results: Results): Promise<void> {
  await saveJson(folder, 'results.json', `${JSON.stringify(results, null, 1)}\n`);
}

/** The same for the compatibility lab's: thousands of times, to a tenth of a millisecond, without indentation. */
export async function saveCompat(folder: string, compat: Compat): Promise<void> {
  await saveJson(folder, 'compat.json', `${JSON.stringify(compat, roundTime)}\n`);
}

/** No clock of a browser is finer than this, and nothing in the lab is judged by less. */
function roundTime(key: string, value: unknown): unknown {
  const isTime = /(^at|Ms)$/.test(key) || key === 'endedAt';
  return isTime && typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}

let saving: Promise<unknown> = Promise.resolve();

/** One after the other, in the order of the calls: rows that end together are saved together. */
function saveJson(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  const saved = saving.then(async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.part`, text);
    await rename(`${path}.part`, path);
  });
  saving = saved.catch(() => undefined); // whoever asked for it is told; the next one may fare better
  return saved;
}

/**
 * Writes all that is made of the raw records in a run's folder: tables, images, summary and report. Returns the
 * headlines, a line each. Rejects where there are no records, or records of another schema.
 */
export async function writeArtefacts(folder: string): Promise<string> {
  const records = await readRecords(folder);
  // Loaded only here: they bring a bundler and a canvas along, and whoever has mistyped an option waits for neither.
  const [{ writeImages }, { writeReport }] = await Promise.all([
    import('./report/images.ts'),
    import('./report/html.ts'),
  ]);
  const parts = [
    ...(records.results ? [await writePerformance(folder, records.results)] : []),
    ...(records.compat ? [await writeCompatibility(folder, records.compat)] : []),
  ];
  await writeImages(
    parts.flatMap(({ charts }) => charts),
    join(folder, 'charts'),
  );
  await writeFile(join(folder, 'summary.md'), parts.map(({ summary }) => summary).join('\n'));
  await writeReport(records, join(folder, 'report.html'));
  return parts.map(({ headline }) => headline).join('\n');
}

/** What a part of a run gives to what is made of all of them. */
interface Part {
  readonly headline: string;
  readonly summary: string;
  readonly charts: readonly CompatChart[];
}

async function writePerformance(folder: string, results: Results): Promise<Part> {
  const analysis = analyse(results);
  const findings = find(analysis);
  const charts = resultCharts(analysis);
  await writeFile(join(folder, 'results.csv'), toCsv(results));
  return { headline: findings.headline, summary: toSummary(results, analysis, findings, charts), charts };
}

async function writeCompatibility(folder: string, compat: Compat): Promise<Part> {
  const findings = findCompat(compat);
  const charts = compatCharts(compat, findings);
  await writeFile(join(folder, 'compat.csv'), pathsCsv(compat));
  await writeFile(join(folder, 'compat-environments.csv'), environmentsCsv(compat));
  await writeFile(join(folder, 'compat-support.csv'), supportCsv(compat));
  return { headline: findings.headline, summary: toCompatSummary(compat, findings, charts), charts };
}

async function readRecords(folder: string): Promise<RunRecords> {
  // Each file is the bench's own; its schema says whether this version's.
  const results = (await readJson(join(folder, 'results.json'), RESULTS_SCHEMA)) as Results | undefined;
  const compat = (await readJson(join(folder, 'compat.json'), COMPAT_SCHEMA)) as Compat | undefined;
  if (!results && !compat) {
    throw new Error(`${folder} holds neither results.json nor compat.json: it is no run’s folder.`);
  }
  return { ...(results && { results }), ...(compat && { compat }) };
}

/** Undefined where there is no such file. */
async function readJson(path: string, schema: number): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const records = JSON.parse(text) as { readonly schema?: unknown }; // looked at before it is believed
  if (records.schema !== schema) {
    throw new Error(
      `${path} has schema ${String(records.schema)}, and this version reads ${schema}. Run it again.`,
    );
  }
  return records;
}
