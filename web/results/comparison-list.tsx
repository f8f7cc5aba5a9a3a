import type { ScenarioAnalysis } from './analysis.ts';
import { COMPARISONS_NOTE, comparisonTable, findComparisons } from './comparisons.ts';
import { TextTable } from './text-table.tsx';

/** What each lane takes of what another does: in sentences, and ratio by ratio. */
export function ComparisonList({ scenario }: { readonly scenario: ScenarioAnalysis }) {
  const findings = findComparisons(scenario);
  if (findings.length === 0) return null;
  const { columns, rows } = comparisonTable(scenario);
  return (
    <>
      <dl class="card comparisons">
        {findings.map(({ title, sentences }) => (
          <div key={title}>
            <dt>
              <strong>{title}</strong>
            </dt>
            {sentences.map((sentence) => (
              <dd key={sentence}>{sentence}</dd>
            ))}
          </div>
        ))}
      </dl>
      <details class="card">
        <summary>Ratio by ratio</summary>
        <p class="quiet">{COMPARISONS_NOTE}</p>
        <div class="wide">
          <TextTable head={['Metric · cell', ...columns]} rows={rows} />
        </div>
      </details>
    </>
  );
}
