import { timelineChart } from '../charts/compat-support.ts';
import { ChartFigure } from '../results/chart-figure.tsx';
import { formatShare } from './findings.ts';
import type { FeatureSupport, Support } from './schema.ts';

/** Browser support, from data packages, with their licences. */
export function SupportSection({ support }: { readonly support: Support | null }) {
  if (!support) return null;
  const browsers = [
    ...new Set(support.features.flatMap(({ firsts }) => firsts.map(({ browser }) => browser))),
  ];
  const notes = support.features.flatMap(({ title, notes: own }) => own.map((note) => `${title}: ${note}`));
  return (
    <section aria-labelledby="support">
      <h2 id="support">Browser support</h2>
      <div class="result-charts">
        {timelineChart(support).map((chart) => (
          <ChartFigure chart={chart} key={chart.id} />
        ))}
      </div>
      <div class="wide card">
        <table class="support">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">In use today</th>
              <th scope="col">Ever released</th>
              {browsers.map((browser) => (
                <th scope="col" key={browser}>
                  {browser}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {support.features.map((feature) => (
              <tr key={feature.title}>
                <th scope="row">{feature.title}</th>
                <td>{feature.usageShare === null ? '–' : formatShare(feature.usageShare)}</td>
                <td>{feature.releasedShare === null ? '–' : formatShare(feature.releasedShare)}</td>
                {browsers.map((browser) => (
                  <td key={browser}>
                    <First feature={feature} browser={browser} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {notes.length > 0 && (
          <details>
            <summary>How it was counted</summary>
            <ul class="hint">
              {notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <p class="quiet">
        Data:{' '}
        {support.sources.map(({ name, version, licence, url }, at) => (
          <span key={name}>
            {at > 0 && ', '}
            <a href={url} rel="noreferrer">
              {name}
            </a>{' '}
            {version}, licence {licence}
          </span>
        ))}
        .
      </p>
    </section>
  );
}

function First({ feature, browser }: { readonly feature: FeatureSupport; readonly browser: string }) {
  const first = feature.firsts.find((one) => one.browser === browser);
  if (!first) return <>–</>;
  if (first.version === null) return <span class="quiet">never</span>;
  return (
    <>
      {first.version}
      {first.date !== null && <span class="hint"> {first.date.slice(0, 7)}</span>}
    </>
  );
}
