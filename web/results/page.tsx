import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadJson } from './load.ts';
import { RunChooser } from './run-chooser.tsx';
import { RESULTS_SCHEMA, type Results } from './schema.ts';
import { ResultsView } from './view.tsx';
import '../styles/results.css';

type Loaded =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'ready'; readonly results: Results };

/** Any run under results/: chosen from a list, and named in the address so that it can be shared. */
export function ResultsPage() {
  const runs = useSignal<readonly string[] | undefined>(undefined);
  const compat = useSignal<readonly string[]>([]);
  const failure = useSignal<string | undefined>(undefined);
  const chosen = useSignal(runOfFragment());
  const loaded = useSignal<Loaded>({ state: 'loading' });

  useEffect(() => {
    const follow = (): void => {
      chosen.value = runOfFragment();
    };
    addEventListener('hashchange', follow);
    loadJson<{ runs: readonly string[]; compat: readonly string[] }>('/api/results').then(
      (answer) => {
        runs.value = answer.runs;
        compat.value = answer.compat;
      },
      (error: Error) => {
        failure.value = error.message;
      },
    );
    return () => removeEventListener('hashchange', follow);
  }, []);

  const run = chosen.value ?? runs.value?.[0];
  useEffect(() => {
    if (run === undefined) return;
    let wanted = true;
    loaded.value = { state: 'loading' };
    loadRun(run).then((next) => {
      if (wanted) loaded.value = next;
    });
    return () => {
      wanted = false;
    };
  }, [run]);

  return (
    <main id="main">
      {failure.value !== undefined && (
        <p class="card" role="alert">
          The list of runs cannot be had: {failure.value}. Is the server still there?
        </p>
      )}
      {runs.value?.length === 0 && <Empty />}
      {runs.value !== undefined && runs.value.length > 0 && (
        <RunChooser runs={runs.value} run={run} page="results" />
      )}
      {run !== undefined && compat.value.includes(run) && (
        <p class="chooser">
          This run has also tried{' '}
          <a href={`#/compatibility/${encodeURIComponent(run)}`}>what comes through</a>.
        </p>
      )}
      {run !== undefined && <Run run={run} loaded={loaded.value} />}
    </main>
  );
}

function Run({ run, loaded }: { readonly run: string; readonly loaded: Loaded }) {
  if (loaded.state === 'loading') return <p role="status">Loading {run}…</p>;
  if (loaded.state === 'ready') return <ResultsView results={loaded.results} key={run} />;
  return (
    <p class="card" role="alert">
      {run} cannot be shown: {loaded.reason}
    </p>
  );
}

function Empty() {
  return (
    <div class="card">
      <h1>No run yet</h1>
      <p>
        <code>npm run bench:all -- --quick</code> makes one in about 90 seconds,{' '}
        <code>npm run bench:all</code> one that makes claims.
      </p>
    </div>
  );
}

async function loadRun(run: string): Promise<Loaded> {
  try {
    const results = await loadJson<Results>(`/results/${encodeURIComponent(run)}/results.json`);
    if (results.schema === RESULTS_SCHEMA) return { state: 'ready', results };
    const reason = `it has schema ${results.schema}, and this page reads ${RESULTS_SCHEMA}. Run the bench again.`;
    return { state: 'failed', reason };
  } catch (error) {
    return { state: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function runOfFragment(): string | undefined {
  const run = /^#\/results\/([^?]+)/.exec(location.hash)?.[1];
  return run === undefined ? undefined : decodeURIComponent(run);
}
