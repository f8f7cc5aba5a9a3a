import type { Compat } from '../../web/compat/schema.ts';
import { DEFAULT_SETTINGS, QUICK_TIME_SCALE } from '../compat/options.ts';
import { createKeeper, nameRun, present, presentNothing, runToEnd } from './command.ts';
import { describeMachine } from './machine.ts';
import { readOptions } from './options.ts';
import { saveCompat } from './run-folder.ts';
import { runScenarios } from './runner.ts';
import type { Scenario } from './scenario.ts';
import { binary } from './scenarios/binary.ts';
import { capacity } from './scenarios/capacity.ts';
import { lanes } from './scenarios/lanes.ts';
import { latency } from './scenarios/latency.ts';
import { silence } from './scenarios/silence.ts';
import { tls } from './scenarios/tls.ts';
import { upstream } from './scenarios/upstream.ts';
import { runTrial } from './trial.ts';

const SCENARIOS: readonly Scenario[] = [latency, silence, capacity, upstream, lanes, binary, tls];
/** The compatibility lab has no blocks and no load: it comes after the scenarios. */
const COMPAT = 'compat';

const argv = process.argv.slice(2);
const { scenarios, settings, out } = readOptions(argv, [...SCENARIOS.map(({ name }) => name), COMPAT]);
const run = nameRun('bench:all', argv, out);
const keeper = await createKeeper(run, { ...settings }, await describeMachine());

let compat: Compat | undefined;
const keepCompat = async (done: Compat): Promise<void> => {
  compat = done;
  await saveCompat(run.folder, done);
};
const complete = await runToEnd(async (progress, stopping) => {
  const wanted = SCENARIOS.filter(({ name }) => scenarios.includes(name));
  await runScenarios(wanted, settings, runTrial, { ...progress, keep: keeper.keep }, stopping);
  await keeper.complete();
  if (!scenarios.includes(COMPAT)) return;
  // Loaded only here: it brings a browser's driver and the hops along.
  const { runCompat } = await import('../compat/run.ts');
  const { name, command } = run;
  const timeScale = settings.short ? QUICK_TIME_SCALE : 1;
  const lab = { name, command, settings: { ...DEFAULT_SETTINGS, timeScale } };
  await keepCompat(await runCompat(lab, { ...progress, keep: keepCompat }, stopping));
});

if (keeper.empty && !compat) presentNothing('block');
else await present(run, complete, 'Results');
