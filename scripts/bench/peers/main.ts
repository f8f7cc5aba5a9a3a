import { TRANSPORT_NAMES } from '../../../server/wire.ts';
import type { Trial } from '../../../web/results/schema.ts';
import { createKeeper, nameRun, present, presentNothing, runToEnd } from '../command.ts';
import { describeMachine } from '../machine.ts';
import { type RunTrial, runScenarios } from '../runner.ts';
import type { AnySubject, Scenario } from '../scenario.ts';
import type { TrialPlace } from '../trial.ts';
import { createBatchingScenario, runBatchingTrial } from './batching/scenario.ts';
import { installPeers } from './install.ts';
import { createLoad } from './load.ts';
import { readPeersOptions } from './options.ts';
import type { RosterEntry } from './roster.ts';
import { createPeersScenario } from './scenario.ts';
import { peerTrials } from './trial.ts';

const load = createLoad();
const SCENARIOS: Readonly<Record<string, (entries: readonly RosterEntry[]) => Scenario<SelfRunning>>> = {
  peers: (entries) => selfRunning(createPeersScenario(entries), peerTrials(load)),
  batching: () => selfRunning(createBatchingScenario(TRANSPORT_NAMES), runBatchingTrial),
};

const argv = process.argv.slice(2);
const { scenarios, entries: wanted, settings, out } = readPeersOptions(argv, Object.keys(SCENARIOS));
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

const run = nameRun('bench:peers', argv, out, 'peers-');
const machine = await describeMachine();
const keeper = await createKeeper(
  run,
  { ...settings, peers: entries.map(({ lane }) => lane.id) },
  { ...machine, limits: [...machine.limits, ...left.map(({ text }) => text)] },
);
const complete = await runToEnd(async (progress, stopping) => {
  await using _ = load;
  const chosen = scenarios.flatMap((name) => SCENARIOS[name]?.(entries) ?? []);
  const runTrial: RunTrial<SelfRunning> = (subject, ...how) => subject.run(...how);
  await runScenarios(chosen, settings, runTrial, { ...progress, keep: keeper.keep }, stopping);
  await keeper.complete();
});

if (keeper.empty) presentNothing('block');
else await present(run, complete, 'Results');

/** Scenarios whose subjects are run in different ways stand in one list where subjects know the way. */
interface SelfRunning extends AnySubject {
  run(place: TrialPlace, step: (text: string) => void, signal: AbortSignal): Promise<Trial>;
}

function selfRunning<S extends AnySubject>(
  scenario: Scenario<S>,
  runTrial: RunTrial<S>,
): Scenario<SelfRunning> {
  return {
    name: scenario.name,
    async plan(settings) {
      const { design, subjects } = await scenario.plan(settings);
      return {
        design,
        subjects: subjects.map((subject) => {
          const { id, title, estimateMs } = subject;
          return { id, title, estimateMs, run: (...how) => runTrial(subject, ...how) };
        }),
      };
    },
  };
}
