import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The runs that the bench has written. */
export function ResultsPage() {
  const runs = useSignal<readonly string[] | undefined>(undefined);
  useEffect(() => {
    const ending = new AbortController();
    fetch('/api/results', { signal: ending.signal })
      .then((response) => response.json())
      .then((answer: { runs: readonly string[] }) => {
        runs.value = answer.runs;
      })
      .catch(() => undefined);
    return () => ending.abort();
  }, []);
  return (
    <main id="main">
      <h1>Results</h1>
      {runs.value?.length === 0 ? <p>No run has been written yet.</p> : null}
      <ul>
        {runs.value?.map((run) => (
          <li key={run}>
            <a href={`/results/${run}/results.json`}>{run}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}
