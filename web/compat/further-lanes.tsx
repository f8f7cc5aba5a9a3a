import { TRANSPORTS } from '../../server/wire.ts';
import { TextTable } from '../results/text-table.tsx';
import type { FurtherLanes } from './lanes.ts';
import type { MatrixRow } from './matrix.ts';
import { OutcomeTable } from './outcome-table.tsx';
import { shareRows } from './share-rows.ts';

/** What came through beside the four techniques: in words, in counts, and cell by cell. */
export function FurtherLanesSection({
  further: { lanes, shares, sentences },
  rows,
}: {
  readonly further: FurtherLanes;
  readonly rows: readonly MatrixRow[];
}) {
  if (lanes.length === 0) return null;
  return (
    <section aria-labelledby="further">
      <h2 id="further">Beside the four techniques</h2>
      <p class="quiet">
        Libraries and what stood in for the techniques, on the same paths; the folk order is not about them. A
        cell with a ring is unlike that of the technique which its lane is measured against. Each cell is one
        trial.
      </p>
      <ul class="card">
        {sentences.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <OutcomeTable id="further" rows={rows} lanes={lanes} />
      <details>
        <summary>How many paths each of them passes</summary>
        <div class="wide card">
          <TextTable
            head={['Count', ...lanes.map((name) => TRANSPORTS[name].title)]}
            rows={shareRows(shares, lanes)}
          />
        </div>
      </details>
    </section>
  );
}
