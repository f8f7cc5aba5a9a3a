import type { Analysis } from './analysis.ts';
import { batchedTransports, batchingSentences, WINDOW_HEAD, windowRows } from './batching.ts';
import { TextTable } from './text-table.tsx';

/** What batching does: the lines through the points in words, and each window's figures side by side. */
export function BatchingTable({ analysis }: { readonly analysis: Analysis }) {
  return (
    <>
      <ul class="card plain">
        {batchingSentences(batchedTransports(analysis)).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <div class="wide card">
        <TextTable
          head={WINDOW_HEAD}
          rows={windowRows(analysis).map(([title = '', ...cells]) => ({ title, cells }))}
        />
      </div>
    </>
  );
}
