import { stringify } from 'csv-stringify/sync';
import type { Results } from '../../../web/results/schema.ts';

/** Every value of every trial, one a row: for spreadsheets and statistics of one's own. */
export function toCsv(results: Results): string {
  const rows = results.scenarios.flatMap(({ name, metrics, trials }) =>
    trials.flatMap(({ subject, block, repetition, position, outcome, measurements }) =>
      measurements.flatMap(({ lane, cells, values, model }) =>
        Object.entries(values).flatMap(([metric, value]) =>
          cells.map((cell) => ({
            scenario: name,
            subject,
            block,
            repetition,
            position,
            outcome: outcome.state,
            cell,
            lane,
            metric,
            unit: metrics.find(({ id }) => id === metric)?.unit ?? '',
            value,
            model: model?.[metric] ?? '',
          })),
        ),
      ),
    ),
  );
  return stringify(rows, { header: true });
}
