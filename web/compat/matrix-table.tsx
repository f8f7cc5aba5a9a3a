import type { CompatMatrix } from './matrix.ts';
import { OutcomeTable } from './outcome-table.tsx';
import { FOLK_ORDER } from './scores.ts';
import { Legend } from './sign.tsx';

/** Every path, every technique, both servers, and what was left out. */
export function CompatMatrixTable({ matrix: { rows, leftOut } }: { readonly matrix: CompatMatrix }) {
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">Every path, every technique</h2>
      <Legend />
      <OutcomeTable id="matrix" rows={rows} lanes={FOLK_ORDER} />
      {leftOut.length > 0 && (
        <div class="card">
          <h3>Left out, and in no score</h3>
          <ul>
            {leftOut.map(({ title, reason }) => (
              <li key={title}>
                <strong>{title}</strong>: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
