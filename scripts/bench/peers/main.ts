import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RESULTS_SCHEMA, type Results, type ScenarioResult } from '../../../web/results/schema.ts';
import { describeCommit, describeMachine } from '../machine.ts';
import { createProgress } from '../progress.ts';
import { saveResults, writeArtefacts } from '../run-folder.ts';
import { runScenarios } from '../runner.ts';
import { installPeers } from './install.ts';
import { readPeersOptions } from './options.ts';
import { createPeersScenario } from './scenario.ts';
import { runPeerTrial } from './trial.ts';

const RESULTS_DIR = fileURLToPath(new URL('../../../results', import.meta.url));

const argv = process.argv.slice(2);
const { entries: wanted, settings, out } = readPeersOptions(argv);
// As its authors mean it to be run: Express, for one, is slower without.
process.env['NODE_ENV'] = 'production';

const left = wanted.flatMap(({ lane, absent }) => {
  const reason = absent?.();
  return reason === undefined ? [] : [{ lane, text: `${lane.title} was left out: ${reason}.` }];
});
const entries = wanted.filter(({ lane }) => !left.some((one) => one.lane === lane));
for (const { text } of left) console.log(text);
try {
  await installPeers([...new Set(entries.flatMap((entry) => entry.package ?? []))]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const startedAt = new Date();
const name = `peers-${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}`;
const folder = out ?? join(RESULTS_DIR, name);
const machine = await describeMachine();
const commit = await describeCommit();
let kept: ScenarioResult | undefined;

const results = (scenario: ScenarioResult, complete: boolean): Results => ({
  schema: RESULTS_SCHEMA,
  run: {
    name,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    complete,
    quick: settings.quick,
    blocks: settings.blocks,
    seed: settings.seed,
    command: ['npm run bench:peers --', ...argv].join(' '),
    ...commit,
    settings: { ...settings, peers: entries.map(({ lane }) => lane.id) },
  },
  machine: { ...machine, limits: [...machine.limits, ...left.map(({ text }) => text)] },
  scenarios: [scenario],
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
    [createPeersScenario(entries)],
    settings,
    runPeerTrial,
    {
      ...progress,
      async keep(scenario) {
        kept = scenario;
        await saveResults(folder, results(scenario, false));
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

if (!kept) {
  console.log('Stopped before the first block was done: there is nothing to keep.');
} else {
  await saveResults(folder, results(kept, complete));
  const headline = await writeArtefacts(folder);
  const shown = relative(process.cwd(), folder);
  console.log(complete ? headline : `Stopped. What was done by then is kept. ${headline}`);
  console.log(
    `Read ${join(shown, 'report.html')} or ${join(shown, 'summary.md')}; the dashboard’s Results page has it too.`,
  );
}
process.exitCode = complete ? 0 : 130;
