import { runAddress } from './run-address.ts';
import { RunChooser } from './run-chooser.tsx';
import { ListFailure, LoadingRun } from './run-states.tsx';
import { RESULTS_SCHEMA, type Results } from './schema.ts';
import { useRuns } from './use-runs.ts';
import { ResultsView } from './view.tsx';
import '../styles/results.css';

/** Any run under results/: chosen from a list, and named in the address so that it can be shared. */
export function ResultsPage() {
  const { lists, runs, failure, run, loaded } = useRuns<Results>({
    page: 'results',
    file: 'results.json',
    schema: RESULTS_SCHEMA,
    remedy: 'Run the bench again.',
    listed: (all) => all.runs,
  });
  return (
    <main id="main">
      <ListFailure reason={failure} />
      {runs?.length === 0 && <Empty />}
      {runs && runs.length > 0 && <RunChooser runs={runs} run={run} page="results" />}
      {run !== undefined && lists?.compat.includes(run) && (
        <p class="chooser">
          <span>
            This run has also tried <a href={runAddress('compatibility', run)}>what comes through</a>.
          </span>
        </p>
      )}
      {run !== undefined && (
        <LoadingRun run={run} loaded={loaded}>
          {(results) => <ResultsView results={results} key={run} />}
        </LoadingRun>
      )}
    </main>
  );
}

function Empty() {
  return (
    <div class="card">
      <h1>No run yet</h1>
      <p>
        <code>npm run bench:all -- --quick</code> makes one in a few minutes, <code>npm run bench:all</code>{' '}
        one that makes claims.
      </p>
    </div>
  );
}
