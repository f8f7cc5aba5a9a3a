import { createKeeper, nameRun, present, presentNothing, runToEnd } from '../command.ts';
import { describeMachine } from '../machine.ts';
import { runScenarios } from '../runner.ts';
import { bus } from './bus.ts';
import { failover } from './failover.ts';
import { readFaultsOptions } from './options.ts';
import { slow } from './slow.ts';
import { storm } from './storm.ts';
import { type FaultScenario, runFault } from './subject.ts';

const SCENARIOS: readonly FaultScenario[] = [failover, slow, storm, bus];

const argv = process.argv.slice(2);
const { scenarios, settings, out } = readFaultsOptions(
  argv,
  SCENARIOS.map(({ name }) => name),
);
const wanted = SCENARIOS.filter(({ name }) => scenarios.includes(name));
const left = wanted.flatMap((scenario) => {
  const reason = scenario.absent(settings);
  const { name } = scenario;
  return reason === undefined ? [] : [{ name, text: `${name} was left out: ${reason}` }];
});
for (const { text } of left) console.log(text);
const run = nameRun('bench:faults', argv, out, 'faults-');
const machine = await describeMachine();
const keeper = await createKeeper(
  run,
  { ...settings },
  { ...machine, limits: [...machine.limits, ...left.map(({ text }) => text)] },
);
const complete = await runToEnd(async (progress, stopping) => {
  const able = wanted.filter(({ name }) => !left.some((one) => one.name === name));
  await runScenarios(able, settings, runFault, { ...progress, keep: keeper.keep }, stopping);
  await keeper.complete();
});

if (keeper.empty) presentNothing('block');
else await present(run, complete, 'Results');
