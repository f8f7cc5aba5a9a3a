import type { Analysis } from './analysis.ts';
import { batchedTransports, batchingSentences, WINDOW_HEAD, windowRows } from './batching.ts';

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
        <table>
          <thead>
            <tr>
              {WINDOW_HEAD.map((title) => (
                <th scope="col" key={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {windowRows(analysis).map(([name, ...figures]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {figures.map((figure, i) => (
                  <td key={WINDOW_HEAD[i + 1]}>{figure}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
