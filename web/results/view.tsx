import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { type ResultChart, resultCharts } from '../charts/results.ts';
import { analyse, type ScenarioAnalysis } from './analysis.ts';
import { BatchingTable } from './batching-table.tsx';
import { ChartFigure } from './chart-figure.tsx';
import { ComparisonList } from './comparison-list.tsx';
import { Conditions } from './conditions.tsx';
import { CONTRASTS_TITLE, type Findings, find } from './findings.ts';
import { GoalTable } from './goal-table.tsx';
import { goalRows } from './goals.ts';
import { verdictMatrix } from './matrix.ts';
import { MatrixTable } from './matrix-table.tsx';
import type { Results } from './schema.ts';
import { Steps } from './steps.tsx';
import { FigureTable, ModelTable } from './tables.tsx';

/** A run, from its findings down to its raw figures: the Results page and report.html alike. */
export function ResultsView({ results }: { readonly results: Results }) {
  const analysis = useMemo(() => analyse(results), [results]);
  const findings = useMemo(() => find(analysis), [analysis]);
  const charts = useMemo(() => resultCharts(analysis), [analysis]);
  return (
    <article class="run">
      <Headline results={results} findings={findings} />
      <GoalTable rows={goalRows(analysis)} claims={analysis.claims} />
      <Steps findings={findings} claims={analysis.claims} />
      <MatrixTable
        title="The folk ranking, cell by cell"
        matrix={verdictMatrix(analysis, 'folk')}
        claims={analysis.claims}
      />
      <MatrixTable
        title="Questions of our own, cell by cell"
        matrix={verdictMatrix(analysis, 'lab')}
        claims={analysis.claims}
      />
      {analysis.scenarios.map((scenario) => (
        <Scenario
          key={scenario.result.name}
          scenario={scenario}
          charts={charts.filter(({ id }) => id.startsWith(`${scenario.result.name}-`))}
        >
          {scenario.result.name === 'batching' && <BatchingTable analysis={analysis} />}
        </Scenario>
      ))}
      <Contrasts findings={findings} />
      <ModelTable findings={findings} />
      <Conditions results={results} analysis={analysis} findings={findings} />
    </article>
  );
}

/** The folk ranking's, where the run puts it to the test; otherwise that of its scenario, if there is but one. */
function questionOf({ scenarios }: Results): string {
  const folk = scenarios.some(({ claims }) => claims.some(({ source }) => source === 'folk'));
  const [first, second] = scenarios;
  if (folk || !first) return 'Is it WebSocket > SSE > long poll > short poll?';
  return second ? `What does it cost? ${scenarios.map(({ title }) => title).join(' · ')}` : first.question;
}

function Headline({ results, findings }: { readonly results: Results; readonly findings: Findings }) {
  const { run, machine } = results;
  return (
    <header class="card headline">
      <h1>{questionOf(results)}</h1>
      <p class="lead">{findings.headline}</p>
      <p class="quiet">
        Run {run.name}
        {run.complete ? '' : ' (stopped before its end)'}, {run.blocks}{' '}
        {run.blocks === 1 ? 'block' : 'blocks'} on {machine.cores} cores of {machine.cpu}, Node {machine.node}
        . Times hold for this machine; what carries over is the ratios.
      </p>
      <ul class="digest">
        {findings.digest.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </header>
  );
}

function Scenario({
  scenario,
  charts,
  children,
}: {
  readonly scenario: ScenarioAnalysis;
  readonly charts: readonly ResultChart[];
  readonly children: ComponentChildren;
}) {
  const { result, figures } = scenario;
  return (
    <section aria-labelledby={result.name}>
      <h2 id={result.name}>
        {result.title}: {result.question}
      </h2>
      {result.method.map((sentence) => (
        <p class="quiet" key={sentence}>
          {sentence}
        </p>
      ))}
      <ComparisonList scenario={scenario} />
      <div class="result-charts">
        {charts.map((chart) => (
          <ChartFigure chart={chart} key={chart.id} />
        ))}
      </div>
      {children}
      <FigureTable figures={figures} scenario={scenario} />
    </section>
  );
}

function Contrasts({ findings }: { readonly findings: Findings }) {
  if (findings.contrasts.length === 0) return null;
  return (
    <section>
      <h2>{CONTRASTS_TITLE}</h2>
      <ul class="card plain">
        {findings.contrasts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}
