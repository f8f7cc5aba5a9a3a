import { type Signal, useSignal } from '@preact/signals';
import { RunChooser } from '../results/run-chooser.tsx';
import { ListFailure, LoadingRun } from '../results/run-states.tsx';
import { useRuns } from '../results/use-runs.ts';
import { ProbePanel } from './probe-panel.tsx';
import { COMPAT_SCHEMA, type Compat } from './schema.ts';
import { CompatView } from './view.tsx';
import '../styles/results.css';
import '../styles/compat.css';

/** What comes through: the visitor’s own path, and any run of the compatibility lab under results/. */
export function CompatPage({ token }: { readonly token: Signal<string | undefined> }) {
  const { runs, failure, run, loaded } = useRuns<Compat>({
    page: 'compatibility',
    file: 'compat.json',
    schema: COMPAT_SCHEMA,
    remedy: 'Run it again.',
    listed: (all) => all.compat,
  });
  const probing = useSignal(false);
  const showProbe = probing.value || runs?.length === 0 || failure !== undefined;
  return (
    <main id="main" class="compat-page">
      <div class="page-bar">
        {runs && runs.length > 0 && <RunChooser runs={runs} run={run} page="compatibility" />}
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
      <ListFailure reason={failure} />
      {showProbe && <ProbePanel token={token} />}
      {runs?.length === 0 && run === undefined && <Empty />}
      {run !== undefined && (
        <LoadingRun run={run} loaded={loaded}>
          {(compat) => <CompatView compat={compat} key={run} />}
        </LoadingRun>
      )}
    </main>
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
