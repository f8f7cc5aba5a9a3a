import { TRANSPORTS } from '../../server/wire.ts';
import { browserChart, scoreChart } from '../charts/compat-scores.ts';
import { ChartFigure } from '../results/chart-figure.tsx';
import { type TextRow, TextTable } from '../results/text-table.tsx';
import type { CompatFindings } from './findings.ts';
import { formatShare } from './findings.ts';
import type { Support } from './schema.ts';
import { BROWSER_MEASURE_NAMES, BROWSER_MEASURES, FOLK_ORDER, PATH_SCORE_NAMES } from './scores.ts';
import { shareRows, UNTRIED } from './share-rows.ts';

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
  const browsers = BROWSER_MEASURE_NAMES.flatMap((measure): TextRow | [] => {
    const measured = browserShares.filter((one) => one.measure === measure);
    if (measured.length === 0) return [];
    return {
      title: `Browser share: ${BROWSER_MEASURES[measure].toLowerCase()}`,
      cells: FOLK_ORDER.map((name) => {
        const found = measured.find(({ transport }) => transport === name);
        return found ? formatShare(found.share) : UNTRIED;
      }),
    };
  });
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
          <TextTable
            head={['Score', ...FOLK_ORDER.map((name) => TRANSPORTS[name].title)]}
            rows={[...browsers, ...shareRows(pathShares, FOLK_ORDER)]}
          />
        </div>
      </details>
    </section>
  );
}
