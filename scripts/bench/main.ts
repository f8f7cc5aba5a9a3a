import type { Compat } from '../../web/compat/schema.ts';
import { RESULTS_SCHEMA, type Results, type ScenarioResult } from '../../web/results/schema.ts';
import { DEFAULT_SETTINGS, QUICK_TIME_SCALE } from '../compat/options.ts';
import { nameRun, present, stopOnSignal } from './command.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { readOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { saveCompat, saveResults } from './run-folder.ts';
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

const argv = process.argv.slice(2);
const { scenarios, settings, out } = readOptions(argv, [...SCENARIOS.map(({ name }) => name), COMPAT]);
const startedAt = new Date();
const { name, folder } = nameRun(startedAt, out);
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

const stopping = stopOnSignal();
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
    stopping,
  );
  if (kept.size > 0) await saveResults(folder, results(true));
  if (scenarios.includes(COMPAT)) {
    // Loaded only here: it brings a browser's driver and the hops along.
    const { runCompat } = await import('../compat/run.ts');
    const timeScale = settings.short ? QUICK_TIME_SCALE : 1;
    const lab = { name, command, settings: { ...DEFAULT_SETTINGS, timeScale } };
    await keepCompat(await runCompat(lab, { ...progress, keep: keepCompat }, stopping));
  }
} catch (error) {
  if (!stopping.aborted) throw error;
  complete = false;
} finally {
  progress.end();
}

if (kept.size === 0 && !compat) {
  console.log('Stopped before the first block was done: there is nothing to keep.');
} else {
  await present(folder, complete, 'Results');
}
process.exitCode = complete ? 0 : 130;
