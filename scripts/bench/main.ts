import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Compat } from '../../web/compat/schema.ts';
import { RESULTS_SCHEMA, type Results, type ScenarioResult } from '../../web/results/schema.ts';
import { DEFAULT_SETTINGS, QUICK_TIME_SCALE } from '../compat/options.ts';
import { runCompat } from '../compat/run.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { readOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { saveCompat, saveResults, writeArtefacts } from './run-folder.ts';
import { runScenarios } from './runner.ts';
import type { Scenario } from './scenario.ts';
import { capacity } from './scenarios/capacity.ts';
import { latency } from './scenarios/latency.ts';
import { silence } from './scenarios/silence.ts';
import { upstream } from './scenarios/upstream.ts';
import { runTrial } from './trial.ts';

const SCENARIOS: readonly Scenario[] = [latency, silence, capacity, upstream];
/** The compatibility lab has no blocks and no load: it comes after the scenarios. */
const COMPAT = 'compat';
const RESULTS_DIR = fileURLToPath(new URL('../../results', import.meta.url));

const argv = process.argv.slice(2);
const { scenarios, settings, out } = readOptions(argv, [...SCENARIOS.map(({ name }) => name), COMPAT]);
const startedAt = new Date();
const name = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
const folder = out ?? join(RESULTS_DIR, name);
const command = ['npm run bench:all --', ...argv].join(' ');
const machine = await describeMachine();
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

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort(new Error('stopped'));
    process.once(signal, () => process.exit(130));
  });
}

const progress = createProgress();
let complete = true;
let compat: Compat | undefined;
const keepCompat = async (done: Compat): Promise<void> => {
  compat = done;
  await saveCompat(folder, done);
};
try {
  await runScenarios(
    SCENARIOS.filter((scenario) => scenarios.includes(scenario.name)),
    settings,
    runTrial,
    {
      ...progress,
      async keep(scenario) {
        kept.set(scenario.name, scenario);
        await saveResults(folder, results(false));
      },
    },
    stopping.signal,
  );
  if (kept.size > 0) await saveResults(folder, results(true));
  if (scenarios.includes(COMPAT)) {
    const timeScale = settings.short ? QUICK_TIME_SCALE : 1;
    const lab = { name, command, settings: { ...DEFAULT_SETTINGS, timeScale } };
    await keepCompat(await runCompat(lab, { ...progress, keep: keepCompat }, stopping.signal));
  }
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  complete = false;
} finally {
  progress.end();
}

if (kept.size === 0 && !compat) {
  console.log('Stopped before the first block was done: there is nothing to keep.');
} else {
  const headline = await writeArtefacts(folder);
  const shown = relative(process.cwd(), folder);
  console.log(complete ? headline : `Stopped. What was done by then is kept. ${headline}`);
  console.log(
    `Read ${join(shown, 'report.html')} or ${join(shown, 'summary.md')}; the dashboard’s Results page has it too.`,
  );
}
process.exitCode = complete ? 0 : 130;
