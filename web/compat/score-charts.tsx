import { MANNERS, TRANSPORTS } from '../../server/wire.ts';
import { browserChart, scoreChart } from '../charts/compat-scores.ts';
import { ChartFigure } from '../results/chart-figure.tsx';
import type { CompatFindings } from './findings.ts';
import { formatShare } from './findings.ts';
import { FAMILIES, FAMILY_NAMES } from './matrix.ts';
import type { Support } from './schema.ts';
import {
  BROWSER_MEASURE_NAMES,
  BROWSER_MEASURES,
  FOLK_ORDER,
  PATH_SCORE_NAMES,
  PATH_SCORES,
} from './scores.ts';

/** The three scores side by side: never blended into one. */
export function Scores({
  findings,
  support,
}: {
  readonly findings: CompatFindings;
  readonly support: Support | null;
}) {
  const { pathShares, browserShares } = findings;
  const charts = [
    ...browserChart(support),
    ...PATH_SCORE_NAMES.flatMap((score) => scoreChart(score, pathShares)),
  ];
  const paths = PATH_SCORE_NAMES.flatMap((score) =>
    FAMILY_NAMES.flatMap((family) =>
      MANNERS.map((manners) => ({
        title: `${PATH_SCORES[score]}: ${FAMILIES[family].toLowerCase()}, ${manners} server`,
        own: pathShares
          .filter((one) => one.score === score && one.family === family && one.manners === manners)
          .map(({ transport, met, of }) => ({ transport, text: `${met} of ${of}` })),
      })),
    ),
  );
  const browsers = BROWSER_MEASURE_NAMES.map((measure) => ({
    title: `Browser share: ${BROWSER_MEASURES[measure].toLowerCase()}`,
    own: browserShares
      .filter((one) => one.measure === measure)
      .map(({ transport, share }) => ({ transport, text: formatShare(share) })),
  }));
  return (
    <section aria-labelledby="scores">
      <h2 id="scores">Three scores, side by side</h2>
      <p class="quiet">
        They are not added up: what a browser can do, what comes through, and what comes through without a cut
        or a failed request are three questions.
      </p>
      <div class="result-charts">
        {charts.map((chart) => (
          <ChartFigure chart={chart} key={chart.id} leastPx={chart.width - 150} />
        ))}
      </div>
      <details>
        <summary>The scores as a table</summary>
        <div class="wide card">
          <table>
            <thead>
              <tr>
                <th scope="col">Score</th>
                {FOLK_ORDER.map((name) => (
                  <th scope="col" key={name}>
                    {TRANSPORTS[name].title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...browsers, ...paths]
                .filter(({ own }) => own.length > 0)
                .map(({ title, own }) => (
                  <tr key={title}>
                    <th scope="row">{title}</th>
                    {FOLK_ORDER.map((name) => (
                      <td key={name}>{own.find(({ transport }) => transport === name)?.text}</td>
                    ))}
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
