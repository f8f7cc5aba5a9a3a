import type { Figure, ScenarioAnalysis } from './analysis.ts';
import { type Findings, MODEL_NOTE } from './findings.ts';
import { formatEstimate, formatFigure, formatNumber } from './format.ts';
import { groupBy } from './group.ts';

/** Every metric of a scenario, cells down, lanes across. */
export function FigureTable({
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

/** Measured beside model: where they part, the instrument or the model is to be questioned. */
export function ModelTable({ findings }: { readonly findings: Findings }) {
  if (findings.model.length === 0) return null;
  return (
    <section>
      <h2>Measured beside model</h2>
      <p class="quiet">{MODEL_NOTE}</p>
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
                <td>{figure.modelWithin === undefined ? '–' : figure.modelWithin ? 'yes' : 'no'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
