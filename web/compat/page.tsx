import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadJson } from '../results/load.ts';
import { RunChooser } from '../results/run-chooser.tsx';
import { ProbePanel } from './probe-panel.tsx';
import { COMPAT_SCHEMA, type Compat } from './schema.ts';
import { CompatView } from './view.tsx';
import '../styles/results.css';
import '../styles/compat.css';

type Loaded =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'ready'; readonly compat: Compat };

/** What comes through: the visitor’s own path, and any run of the compatibility lab under results/. */
export function CompatPage({ token }: { readonly token: Signal<string | undefined> }) {
  const runs = useSignal<readonly string[] | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const chosen = useSignal(runOfFragment());
  const loaded = useSignal<Loaded>({ state: 'loading' });
  const probing = useSignal(false);

  useEffect(() => {
    const follow = (): void => {
      chosen.value = runOfFragment();
    };
    addEventListener('hashchange', follow);
    loadJson<{ compat: readonly string[] }>('/api/results').then(
      (answer) => {
        runs.value = answer.compat;
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

  const showProbe = probing.value || runs.value?.length === 0 || failure.value !== undefined;
  return (
    <main id="main" class="compat-page">
      <div class="page-bar">
        {runs.value !== undefined && runs.value.length > 0 && (
          <RunChooser runs={runs.value} run={run} page="compatibility" />
        )}
        {!showProbe && (
          <button
            type="button"
            class="primary"
            onClick={() => {
              probing.value = true;
            }}
          >
            Probe this path
          </button>
        )}
      </div>
      {failure.value !== undefined && (
        <p class="card" role="alert">
          The list of runs cannot be had: {failure.value}. Is the server still there?
        </p>
      )}
      {showProbe && <ProbePanel token={token} />}
      {runs.value?.length === 0 && run === undefined && <Empty />}
      {run !== undefined && <Run run={run} loaded={loaded.value} />}
    </main>
  );
}

function Run({ run, loaded }: { readonly run: string; readonly loaded: Loaded }) {
  if (loaded.state === 'loading') return <p role="status">Loading {run}…</p>;
  if (loaded.state === 'ready') return <CompatView compat={loaded.compat} key={run} />;
  return (
    <p class="card" role="alert">
      {run} cannot be shown: {loaded.reason}
    </p>
  );
}

function Empty() {
  return (
    <div class="card">
      <h1>No run of the compatibility lab yet</h1>
      <p>
        <code>npm run bench:compat -- --quick</code> makes one in a few minutes,{' '}
        <code>npm run bench:compat</code> one that makes claims. What lies on your own path you can probe here
        without either.
      </p>
    </div>
  );
}

async function loadRun(run: string): Promise<Loaded> {
  try {
    const compat = await loadJson<Compat>(`/results/${encodeURIComponent(run)}/compat.json`);
    if (compat.schema === COMPAT_SCHEMA) return { state: 'ready', compat };
    const reason = `it has schema ${compat.schema}, and this page reads ${COMPAT_SCHEMA}. Run it again.`;
    return { state: 'failed', reason };
  } catch (error) {
    return { state: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function runOfFragment(): string | undefined {
  const run = /^#\/compatibility\/([^?]+)/.exec(location.hash)?.[1];
  return run === undefined ? undefined : decodeURIComponent(run);
}
