import { Chart, Legend, ScatterController, SubTitle, Title, Tooltip } from 'chart.js';
import { useMemo } from 'preact/hooks';
import { type Analysis, analyse, type Figure, type ScenarioAnalysis } from './analysis.ts';
import { type Matrix, type ResultChart, resultCharts, verdictMatrix } from './charts/results.ts';
import { type Findings, find, type StepFinding } from './findings.ts';
import { formatEstimate, formatFigure, formatNumber, formatRatio, OUTCOMES } from './format.ts';
import { groupBy } from './group.ts';
import { ChartView } from './live/chart.tsx';
import { currentGround } from './live/media.ts';
import type { Results } from './results.ts';

Chart.register(Legend, ScatterController, SubTitle, Title, Tooltip);
// What is registered here serves every chart of the page: those that want it say so.
Chart.defaults.plugins.legend.display = false;
Chart.defaults.plugins.tooltip.enabled = false;

/** A run, from its findings down to its raw figures: the Results page and report.html alike. */
export function ResultsView({ results }: { readonly results: Results }) {
  const analysis = useMemo(() => analyse(results), [results]);
  const findings = useMemo(() => find(analysis), [analysis]);
  const charts = useMemo(() => resultCharts(analysis), [analysis]);
  return (
    <article class="run">
      <Headline results={results} findings={findings} />
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
        />
      ))}
      <Contrasts findings={findings} />
      <ModelTable findings={findings} />
      <Conditions results={results} analysis={analysis} findings={findings} />
    </article>
  );
}

function Headline({ results, findings }: { readonly results: Results; readonly findings: Findings }) {
  const { run, machine } = results;
  return (
    <header class="card headline">
      <h1>Is it WebSocket &gt; SSE &gt; long poll &gt; short poll?</h1>
      <p class="lead">{findings.headline}</p>
      <p class="quiet">
        Run {run.name}
        {run.complete ? '' : ' (stopped before its end)'}, {run.blocks}{' '}
        {run.blocks === 1 ? 'block' : 'blocks'} on {machine.cores} cores of {machine.cpu}, Node {machine.node}
        . Times hold for this machine; what carries over is the ratios.
      </p>
    </header>
  );
}

/** Where each step of a ranking holds, where it turns over, and why. */
function Steps({ findings, claims }: { readonly findings: Findings; readonly claims: boolean }) {
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Where it holds, where it turns over, and why</h2>
      <div class="steps">
        {findings.steps.map((step) => (
          <Step key={step.title} step={step} claims={claims} />
        ))}
      </div>
      {findings.crossovers.length > 0 && (
        <div class="card">
          <h3>Crossovers: the same two, the same metric, and the order turns</h3>
          {findings.crossovers.map(({ title, holds, turns, why }) => (
            <details key={title}>
              <summary>{title}</summary>
              <p>As the claim has it: {holds.join('; ')}.</p>
              <p>The other way round: {turns.join('; ')}.</p>
              {why && <p class="quiet">{why}</p>}
            </details>
          ))}
        </div>
      )}
    </section>
  );
}

function Step({ step, claims }: { readonly step: StepFinding; readonly claims: boolean }) {
  const { reproduced, refuted, tie, undecided } = step.tally;
  return (
    <div class="card">
      <h3>{step.title}</h3>
      <p class="quiet">
        {claims ? '' : 'No claim, one would need more blocks: '}
        {reproduced} reproduced, {refuted} refuted, {tie} ties, {undecided} undecided.
      </p>
      <ul>
        {step.lines.map(({ scenario, metric, text, why }) => (
          <li key={scenario + metric.id}>
            <strong>
              {scenario}: {metric.title}
            </strong>
            : {text}.{why && <span class="quiet"> {why}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function MatrixTable({
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

function Scenario({
  scenario,
  charts,
}: {
  readonly scenario: ScenarioAnalysis;
  readonly charts: readonly ResultChart[];
}) {
  const { result, figures } = scenario;
  const ground = currentGround();
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
      <div class="result-charts">
        {charts.map((chart) => (
          <figure class="card" key={chart.id}>
            <div
              class="frame"
              style={{ height: `${chart.height}px`, minWidth: `${Math.min(chart.width, 640)}px` }}
            >
              <ChartView config={chart.configure(ground)} label={`${chart.title}. ${chart.description}`} />
            </div>
          </figure>
        ))}
      </div>
      <FigureTable figures={figures} scenario={scenario} />
    </section>
  );
}

function FigureTable({
  figures,
  scenario,
}: {
  readonly figures: readonly Figure[];
  readonly scenario: ScenarioAnalysis;
}) {
  const { lanes, metrics } = scenario.result;
  return (
    <details class="card">
      <summary>All figures of {scenario.result.title.toLowerCase()}</summary>
      <div class="wide">
        {metrics.map((metric) => {
          const rows = groupBy(
            figures.filter((figure) => figure.metric === metric),
            ({ cell }) => cell,
          );
          const shown = lanes.filter((lane) =>
            [...rows.values()].flat().some((figure) => figure.lane === lane),
          );
          return (
            <table key={metric.id}>
              <caption>
                <strong>
                  {metric.title}
                  {metric.unit === '' ? '' : `, ${metric.unit === 'share' ? '%' : metric.unit}`}
                </strong>{' '}
                <span class="quiet">{metric.definition}</span>
              </caption>
              <thead>
                <tr>
                  <th scope="col">Cell</th>
                  {shown.map((lane) => (
                    <th scope="col" key={lane.id}>
                      {lane.title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {[...rows].map(([cell, ofCell]) => (
                  <tr key={cell.id}>
                    <th scope="row">{cell.title}</th>
                    {shown.map((lane) => {
                      const figure = ofCell.find((one) => one.lane === lane);
                      return <td key={lane.id}>{figure && formatEstimate(figure.measured, metric.unit)}</td>;
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          );
        })}
      </div>
    </details>
  );
}

function Contrasts({ findings }: { readonly findings: Findings }) {
  if (findings.contrasts.length === 0) return null;
  return (
    <section>
      <h2>What a framework in the path costs</h2>
      <ul class="card plain">
        {findings.contrasts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}

/** Measured beside model: where they part, the instrument or the model is to be questioned. */
function ModelTable({ findings }: { readonly findings: Findings }) {
  if (findings.model.length === 0) return null;
  return (
    <section>
      <h2>Measured beside model</h2>
      <p class="quiet">
        The model knows the rate that really came, the measured poll cycle or reconnect gap, the publisher’s
        lag and half a round trip; it does not know what the client needs to parse, nor the scheduler. On a
        near line, where all is over in a millisecond or two, that is much of the whole; with distance or an
        interval it vanishes.
      </p>
      <div class="wide card">
        <table>
          <thead>
            <tr>
              <th scope="col">Lane · cell</th>
              <th scope="col">Metric</th>
              <th scope="col">Measured</th>
              <th scope="col">Model</th>
              <th scope="col">Difference</th>
              <th scope="col">Model within the interval</th>
            </tr>
          </thead>
          <tbody>
            {findings.model.map(({ figure, deviation }) => (
              <tr key={`${figure.lane.id}${figure.cell.id}${figure.metric.id}`}>
                <th scope="row">
                  {figure.lane.title} · {figure.cell.title}
                </th>
                <td>{figure.metric.title}</td>
                <td>{formatEstimate(figure.measured, figure.metric.unit)}</td>
                <td>{formatFigure(figure.model ?? 0, figure.metric.unit)}</td>
                <td>
                  {deviation >= 0 ? '+' : '−'}
                  {formatNumber(Math.abs(deviation) * 100)} %
                </td>
                <td>{figure.modelWithin ? 'yes' : 'no'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Conditions({
  results,
  analysis,
  findings,
}: {
  readonly results: Results;
  readonly analysis: Analysis;
  readonly findings: Findings;
}) {
  const { run, machine } = results;
  const left = analysis.scenarios.flatMap(({ result, excluded }) =>
    excluded.map(
      ({ trial, reason }) => `${result.title}, block ${trial.block + 1}, ${trial.subject}: ${reason}`,
    ),
  );
  const facts = {
    Command: run.command,
    Commit: `${run.commit ?? 'unknown'}${run.modified ? ', with changes' : ''}`,
    Seed: String(run.seed),
    Started: run.startedAt,
    Finished: run.finishedAt,
    Machine: `${machine.cpu}, ${machine.cores} cores, ${formatNumber(machine.memoryBytes / 2 ** 30)} GiB, ${machine.os} ${machine.kernel}`,
    Cores: machine.pinned
      ? `server on ${machine.pinned.server}, load on ${machine.pinned.load}`
      : 'not pinned',
    Node: `${machine.node}, V8 ${machine.v8}`,
  };
  return (
    <section>
      <h2>How to repeat it, and what to hold against it</h2>
      <div class="card">
        <dl class="facts">
          {Object.entries(facts).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <ul class="plain">
          {[...machine.limits, ...findings.caveats].map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        {left.length > 0 && (
          <details>
            <summary>{left.length} trials left out</summary>
            <ul class="plain">
              {left.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </section>
  );
}
