import type { Analysis } from './analysis.ts';
import { FactList } from './fact-list.tsx';
import type { Findings } from './findings.ts';
import { commitText, machineText, nodeText } from './run-facts.ts';
import type { Results } from './schema.ts';

/** What it takes to repeat the run, and what speaks against it. */
export function Conditions({
  results,
  analysis,
  findings,
}: {
  readonly results: Results;
  readonly analysis: Analysis;
  readonly findings: Findings;
}) {
  const { run, machine } = results;
  const left = analysis.scenarios.flatMap(({ result, excluded }) =>
    excluded.map(
      ({ trial, reason }) => `${result.title}, block ${trial.block + 1}, ${trial.subject}: ${reason}`,
    ),
  );
  const facts = {
    Command: run.command,
    Commit: commitText(run),
    Seed: String(run.seed),
    Started: run.startedAt,
    Finished: run.finishedAt,
    Machine: machineText(machine),
    Cores: machine.pinned
      ? `server on ${machine.pinned.server}, load on ${machine.pinned.load}`
      : 'not pinned',
    Node: nodeText(machine),
  };
  return (
    <section>
      <h2>How to repeat it, and what to hold against it</h2>
      <div class="card">
        <FactList facts={Object.entries(facts)} />
        <ul class="plain">
          {[...machine.limits, ...findings.caveats].map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        {left.length > 0 && (
          <details>
            <summary>{left.length} trials left out</summary>
            <ul class="plain">
              {left.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </section>
  );
}
