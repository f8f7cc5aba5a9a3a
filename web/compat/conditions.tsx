import { FactList } from '../results/fact-list.tsx';
import { commitText, machineText, nodeText } from '../results/run-facts.ts';
import type { Compat } from './schema.ts';

/** What it takes to repeat the run, and what speaks against it. */
export function CompatConditions({ compat }: { readonly compat: Compat }) {
  const { run, machine, paths } = compat;
  const versions = [
    ...new Set(paths.flatMap(({ title, version }) => (version === null ? [] : [`${title} ${version}`]))),
  ];
  const facts = {
    Command: run.command,
    Commit: commitText(run),
    'Time scale': run.timeScale === 1 ? '1: silences and limits as in the world' : String(run.timeScale),
    Started: run.startedAt,
    Finished: run.finishedAt,
    Clients: run.browser ?? `Node ${machine.node}: no browser was there`,
    Machine: machineText(machine),
    Node: nodeText(machine),
    ...(versions.length > 0 && { Products: versions.join(', ') }),
  };
  return (
    <section aria-labelledby="compat-conditions">
      <h2 id="compat-conditions">How to repeat it, and what to hold against it</h2>
      <div class="card">
        <FactList facts={Object.entries(facts)} />
        <ul>
          <li>
            All paths ran on one machine, over its loopback: times say that something came, never how fast.
          </li>
          {machine.limits.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}
