import { TECHNIQUES, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import type { Outcome } from '../probe/schema.ts';
import type { ProbeSettings } from '../probe/settings.ts';
import { inTime } from '../probe/words.ts';
import { listWords } from '../results/format.ts';
import { groupBy } from '../results/group.ts';
import { FAMILIES, FAMILY_NAMES, type Family, type MatrixRow } from './matrix.ts';
import { OUTCOME_LOOKS } from './outcomes.ts';

/** What a polite server changes for one transport, from one outcome to another. */
export interface Change {
  readonly family: Family;
  readonly transport: TransportName;
  readonly from: Outcome;
  readonly to: Outcome;
  readonly better: boolean;
  /** The paths on which it does, by name. */
  readonly paths: readonly string[];
}

/** The techniques’ cells that differ between a naive server and a polite one: mended ones first, each kind with its paths. */
export function mannersAdvice(rows: readonly MatrixRow[]): readonly Change[] {
  const changed = TECHNIQUES.flatMap((transport) =>
    rows.flatMap(({ family, title, cells }) => {
      const from = cells.naive[transport]?.outcome;
      const to = cells.polite[transport]?.outcome;
      return from && to && from !== to ? [{ family, transport, from, to, title }] : [];
    }),
  );
  return [
    ...groupBy(changed, ({ family, transport, from, to }) => `${family} ${transport} ${from} ${to}`).values(),
  ]
    .flatMap(([first, ...others]): readonly Change[] => {
      if (!first) return [];
      const { family, transport, from, to } = first;
      const better = OUTCOME_LOOKS[to].rank > OUTCOME_LOOKS[from].rank;
      return [{ family, transport, from, to, better, paths: [first, ...others].map(({ title }) => title) }];
    })
    .sort(
      (a, b) =>
        Number(b.better) - Number(a.better) ||
        FAMILY_NAMES.indexOf(a.family) - FAMILY_NAMES.indexOf(b.family) ||
        b.paths.length - a.paths.length,
    );
}

/** One trial says that it happened, not that it would again. */
export const ONE_TRIAL = 'one trial each; may be chance';

/** How many cells of each family: `4 of products as shipped and 2 of mechanisms`. Never added up. */
export function cellCounts(changes: readonly Change[]): string {
  return listWords(
    FAMILY_NAMES.flatMap((family) => {
      const count = changes
        .filter((change) => change.family === family)
        .reduce((sum, { paths }) => sum + paths.length, 0);
      return count > 0 ? [`${count} of ${FAMILIES[family].toLowerCase()}`] : [];
    }),
  );
}

/** What the two servers differ in, and nothing else, in the figures of the run. */
export function mannersText(settings: ProbeSettings): { readonly polite: string; readonly naive: string } {
  const { heartbeatMs, holdMs } = settings;
  return {
    polite: `a heartbeat after ${inTime(heartbeatMs)} of silence; polls are held for ${inTime(holdMs.polite)} at most; every answer says no-store and nosniff, and a stream no-transform and X-Accel-Buffering: no`,
    naive: `no heartbeat; polls are held for up to ${holdMs.naive === HOUR_MS ? 'an hour' : inTime(holdMs.naive)}; none of these headers`,
  };
}

const HOUR_MS = 3_600_000;

/** The settings of the first path that ran; undefined where none did. */
export function settingsOf(rows: readonly MatrixRow[]): ProbeSettings | undefined {
  const state = rows[0]?.path.state;
  return state?.state === 'ran' ? state.probes.polite.settings : undefined;
}

/** `Products as shipped, SSE: whole instead of nothing on nginx, as shipped`. */
export function changeText({ family, transport, from, to, better, paths }: Change): string {
  return `${FAMILIES[family]}, ${TRANSPORTS[transport].title}: ${OUTCOME_LOOKS[to].word} instead of ${OUTCOME_LOOKS[from].word} on ${paths.join('; ')}${better ? '' : ` (worse: ${ONE_TRIAL})`}`;
}
