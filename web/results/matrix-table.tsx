import { formatRatio, OUTCOMES } from './format.ts';
import type { Matrix } from './matrix.ts';

/** Claims cell by cell: a row for each metric and cell, a column for each step of the ranking. */
export function MatrixTable({
  title,
  matrix,
  claims,
}: {
  readonly title: string;
  readonly matrix: Matrix;
  readonly claims: boolean;
}) {
  if (matrix.rows.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <p class="quiet">
        How many times better the first is, median over blocks with its 95 % interval; equal within 5 % is a
        tie.{' '}
        {Object.values(OUTCOMES)
          .map(({ sign, word }) => `${sign} ${word}`)
          .join(', ')}
        .
      </p>
      <div class="wide card">
        <table class={claims ? 'matrix' : 'matrix quick'}>
          <thead>
            <tr>
              <th scope="col">Metric · cell</th>
              {matrix.steps.map((step) => (
                <th scope="col" key={step.id}>
                  {step.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.rows.map((row) => (
              <tr key={row.scenario + row.title}>
                <th scope="row">
                  <span class="quiet">{row.scenario}:</span> {row.title}
                </th>
                {row.cells.map((verdict, i) => (
                  <td key={matrix.steps[i]?.id} class={verdict?.outcome}>
                    {verdict && (
                      <>
                        <span aria-hidden="true">{OUTCOMES[verdict.outcome].sign}</span>{' '}
                        <span class="visually-hidden">{OUTCOMES[verdict.outcome].word}: </span>
                        {formatRatio(verdict.ratio)}
                      </>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
