import type { Analysis } from './analysis.ts';
import type { Findings } from './findings.ts';
import { formatNumber } from './format.ts';
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
    Commit: `${run.commit ?? 'unknown'}${run.modified ? ', with changes' : ''}`,
    Seed: String(run.seed),
    Started: run.startedAt,
    Finished: run.finishedAt,
    Machine: `${machine.cpu}, ${machine.cores} cores, ${formatNumber(machine.memoryBytes / 2 ** 30)} GiB, ${machine.os} ${machine.kernel}`,
    Cores: machine.pinned
      ? `server on ${machine.pinned.server}, load on ${machine.pinned.load}`
      : 'not pinned',
    Node: `${machine.node}, V8 ${machine.v8}`,
  };
  return (
    <section>
      <h2>How to repeat it, and what to hold against it</h2>
      <div class="card">
        <dl class="facts">
          {Object.entries(facts).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
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
