import { TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { Outcome } from '../probe/schema.ts';
import { groupBy } from '../results/group.ts';
import type { MatrixRow } from './matrix.ts';
import { OUTCOME_LOOKS } from './outcomes.ts';

/** What a polite server changes for one transport, from one outcome to another. */
export interface Change {
  readonly transport: TransportName;
  readonly from: Outcome;
  readonly to: Outcome;
  readonly better: boolean;
  /** The paths on which it does, by name. */
  readonly paths: readonly string[];
}

/** The cells that differ between a naive server and a polite one: mended ones first, each kind with its paths. */
export function mannersAdvice(rows: readonly MatrixRow[]): readonly Change[] {
  const changed = TRANSPORT_NAMES.flatMap((transport) =>
    rows.flatMap(({ title, cells }) => {
      const from = cells.naive[transport]?.outcome;
      const to = cells.polite[transport]?.outcome;
      return from && to && from !== to ? [{ transport, from, to, title }] : [];
    }),
  );
  return [...groupBy(changed, ({ transport, from, to }) => `${transport} ${from} ${to}`).values()]
    .flatMap(([first, ...others]): readonly Change[] => {
      if (!first) return [];
      const { transport, from, to } = first;
      const better = OUTCOME_LOOKS[to].rank > OUTCOME_LOOKS[from].rank;
      return [{ transport, from, to, better, paths: [first, ...others].map(({ title }) => title) }];
    })
    .sort((a, b) => Number(b.better) - Number(a.better) || b.paths.length - a.paths.length);
}

/** `SSE: whole instead of nothing on nginx, as shipped`. */
export function changeText({ transport, from, to, paths }: Change): string {
  return `${TRANSPORTS[transport].title}: ${OUTCOME_LOOKS[to].word} instead of ${OUTCOME_LOOKS[from].word} on ${paths.join('; ')}`;
}
