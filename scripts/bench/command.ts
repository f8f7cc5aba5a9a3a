import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type MachineInfo,
  RESULTS_SCHEMA,
  type Results,
  type ScenarioResult,
} from '../../web/results/schema.ts';
import { describeCommit } from './machine.ts';
import { createProgress, type Progress } from './progress.ts';
import { saveResults, writeArtefacts } from './run-folder.ts';
import type { Settings } from './settings.ts';

const RESULTS_DIR = fileURLToPath(new URL('../../results', import.meta.url));

/** A run as it is called, what it was called with, and where it goes. */
export interface Run {
  readonly name: string;
  readonly folder: string;
  readonly startedAt: Date;
  readonly command: string;
}

/** A run's name is when it began, behind a prefix where its command has one. `script` is that of package.json. */
export function nameRun(script: string, argv: readonly string[], out: string | undefined, prefix = ''): Run {
  const startedAt = new Date();
  const name = `${prefix}${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}`;
  const command = [`npm run ${script} --`, ...argv].join(' ');
  return { name, folder: out ?? join(RESULTS_DIR, name), startedAt, command };
}

/** A run's scenarios, saved whenever one of them has come further. */
export interface Keeper {
  readonly empty: boolean;
  keep(scenario: ScenarioResult): Promise<void>;
  /** Says that there is no more to come; nothing where nothing was kept. */
  complete(): Promise<void>;
}

/** Keeps what a run measures in its folder. `settings` are all that it was told. */
export async function createKeeper(
  { name, folder, startedAt, command }: Run,
  settings: Settings & Readonly<Record<string, unknown>>,
  machine: MachineInfo,
): Promise<Keeper> {
  const commit = await describeCommit();
  const kept = new Map<string, ScenarioResult>();
  const results = (complete: boolean): Results => ({
    schema: RESULTS_SCHEMA,
    run: {
      name,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      complete,
      quick: settings.quick,
      blocks: settings.blocks,
      seed: settings.seed,
      command,
      ...commit,
      settings: { ...settings },
    },
    machine,
    scenarios: [...kept.values()],
  });
  return {
    get empty() {
      return kept.size === 0;
    },
    keep(scenario) {
      kept.set(scenario.name, scenario);
      return saveResults(folder, results(false));
    },
    async complete() {
      if (kept.size > 0) await saveResults(folder, results(true));
    },
  };
}

/** Does the work of a run, and shows how far it is. Resolves to false where it was stopped by a signal before its end. */
export async function runToEnd(
  work: (progress: Progress, stopping: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const stopping = stopOnSignal();
  const progress = createProgress();
  try {
    await work(progress, stopping);
    return true;
  } catch (error) {
    if (!stopping.aborted) throw error;
    return false;
  } finally {
    progress.end();
  }
}

/** Aborts at Ctrl-C or SIGTERM, so that what was done can be kept; the second time the process ends at once. */
function stopOnSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort(new Error('stopped'));
      process.once(signal, () => process.exit(130));
    });
  }
  return stopping.signal;
}

/**
 * Ends a command: makes all that is made of a run's records, and says where it is; `page` of the dashboard shows it
 * too. `complete` is what `runToEnd` resolved to.
 */
export async function present({ folder }: Run, complete: boolean, page: string): Promise<void> {
  const headline = await writeArtefacts(folder);
  const shown = relative(process.cwd(), folder);
  console.log(complete ? headline : `Stopped. What was done by then is kept. ${headline}`);
  console.log(
    `Read ${join(shown, 'report.html')} or ${join(shown, 'summary.md')}; the dashboard’s ${page} page has it too.`,
  );
  endWith(complete);
}

/** The same for a run that was stopped before its first `part` was done. */
export function presentNothing(part: string): void {
  console.log(`Stopped before the first ${part} was done: there is nothing to keep.`);
  endWith(false);
}

function endWith(complete: boolean): void {
  process.exitCode = complete ? 0 : 130;
}
