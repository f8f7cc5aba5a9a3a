import { formatNumber } from '../results/format.ts';
import type { Compat } from './schema.ts';

/** What it takes to repeat the run, and what speaks against it. */
export function CompatConditions({ compat }: { readonly compat: Compat }) {
  const { run, machine, paths } = compat;
  const versions = [
    ...new Set(paths.flatMap(({ title, version }) => (version === null ? [] : [`${title} ${version}`]))),
  ];
  const facts = {
    Command: run.command,
    Commit: `${run.commit ?? 'unknown'}${run.modified ? ', with changes' : ''}`,
    'Time scale': run.timeScale === 1 ? '1: silences and limits as in the world' : String(run.timeScale),
    Started: run.startedAt,
    Finished: run.finishedAt,
    Clients: run.browser ?? `Node ${machine.node}: no browser was there`,
    Machine: `${machine.cpu}, ${machine.cores} cores, ${formatNumber(machine.memoryBytes / 2 ** 30)} GiB, ${machine.os} ${machine.kernel}`,
    Node: `${machine.node}, V8 ${machine.v8}`,
    ...(versions.length > 0 && { Products: versions.join(', ') }),
  };
  return (
    <section aria-labelledby="compat-conditions">
      <h2 id="compat-conditions">How to repeat it, and what to hold against it</h2>
      <div class="card">
        <dl class="facts">
          {Object.entries(facts).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
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
