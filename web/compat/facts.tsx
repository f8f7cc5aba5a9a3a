import type { ProbeRow } from '../probe/schema.ts';
import { cellFacts } from './cell-facts.ts';

/** All that is known of a cell. */
export function Facts({ row }: { readonly row: ProbeRow }) {
  return (
    <dl class="facts">
      {cellFacts(row).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
