import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RESULTS_SCHEMA, type Results, type ScenarioResult } from '../../web/results/schema.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { readOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { saveResults, writeArtefacts } from './run-folder.ts';
import { runScenarios } from './runner.ts';
import type { Scenario } from './scenario.ts';
import { capacity } from './scenarios/capacity.ts';
import { latency } from './scenarios/latency.ts';
import { silence } from './scenarios/silence.ts';
import { upstream } from './scenarios/upstream.ts';
import { runTrial } from './trial.ts';

const SCENARIOS: readonly Scenario[] = [latency, silence, capacity, upstream];
const RESULTS_DIR = fileURLToPath(new URL('../../results', import.meta.url));

const argv = process.argv.slice(2);
const { scenarios, settings, out } = readOptions(
  argv,
  SCENARIOS.map(({ name }) => name),
);
const startedAt = new Date();
const name = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
const folder = out ?? join(RESULTS_DIR, name);
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
    command: ['npm run bench:all --', ...argv].join(' '),
    ...commit,
    settings: { ...settings },
  },
  machine,
  scenarios: [...kept.values()],
});

const stopping = new AbortController();
process.once('SIGINT', () => {
  stopping.abort(new Error('stopped'));
  process.once('SIGINT', () => process.exit(130));
});

const progress = createProgress();
let complete = true;
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
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  complete = false;
} finally {
  progress.end();
}

if (kept.size === 0) {
  console.log('Stopped before the first block was done: there is nothing to keep.');
} else {
  await saveResults(folder, results(complete));
  const headline = await writeArtefacts(folder, results(complete));
  const shown = relative(process.cwd(), folder);
  console.log(complete ? headline : `Stopped. What was done by then is kept. ${headline}`);
  console.log(
    `Read ${join(shown, 'report.html')} or ${join(shown, 'summary.md')}; the dashboard’s Results page has it too.`,
  );
}
process.exitCode = complete ? 0 : 130;
