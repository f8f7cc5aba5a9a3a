import type { Manners, TransportName } from '../../server/wire.ts';
import type { ProbeResult, ProbeRow } from '../probe/schema.ts';
import type { Compat, PathResult } from './schema.ts';

/** Rows that are of one kind: scores are worked out for each by itself. */
export type Family = 'mechanism' | 'as shipped' | 'tuned';

/** What is met unprepared comes first: verdicts are about that. */
export const FAMILIES: Readonly<Record<Family, string>> = {
  'as shipped': 'Products as shipped',
  tuned: 'Products tuned',
  mechanism: 'Mechanisms',
};

// Object.keys loses the literal type of the keys it returns.
export const FAMILY_NAMES = Object.keys(FAMILIES) as readonly Family[];

/** A path that ran: its outcomes. A lane that was left out of the run has no cell. */
export interface MatrixRow {
  readonly path: PathResult;
  readonly family: Family;
  /** Told apart from the other variant: `nginx, tuned`. */
  readonly title: string;
  readonly cells: Readonly<Record<Manners, Readonly<Partial<Record<TransportName, ProbeRow>>>>>;
}

interface LeftOut {
  readonly title: string;
  readonly reason: string;
}

export interface CompatMatrix {
  /** Mechanisms first, then product by product. */
  readonly rows: readonly MatrixRow[];
  readonly leftOut: readonly LeftOut[];
}

/** The paths that ran, with their cells, and those that did not, with the reason. */
export function compatMatrix({ paths }: Pick<Compat, 'paths'>): CompatMatrix {
  const rows: MatrixRow[] = [];
  const leftOut: LeftOut[] = [];
  for (const path of paths) {
    const title = titleOf(path);
    if (path.state.state === 'ran') {
      const probed = probesOf(path.state);
      const cells = { polite: cellsOf(probed.polite), naive: cellsOf(probed.naive) };
      rows.push({ path, family: familyOf(path), title, cells });
    } else {
      const reason =
        path.state.state === 'failed'
          ? path.state.reason
          : `not installed (Debian’s package is ${path.state.debianPackage})`;
      leftOut.push({ title, reason });
    }
  }
  const place = ({ family }: MatrixRow) => (family === 'mechanism' ? 0 : 1);
  return { rows: [...rows].sort((a, b) => place(a) - place(b)), leftOut };
}

function cellsOf(probes: readonly ProbeResult[]): Partial<Record<TransportName, ProbeRow>> {
  return Object.fromEntries(probes.flatMap(({ rows }) => rows.map((row) => [row.transport, row])));
}

/** A path's probes for each server: that of the techniques first, then those of other lanes. */
export function probesOf({
  probes,
  further,
}: Extract<PathResult['state'], { state: 'ran' }>): Readonly<Record<Manners, readonly ProbeResult[]>> {
  return {
    polite: [probes.polite, ...(further?.polite ?? [])],
    naive: [probes.naive, ...(further?.naive ?? [])],
  };
}

function familyOf({ family, variant }: PathResult): Family {
  return family === 'mechanism' ? 'mechanism' : (variant ?? 'as shipped');
}

function titleOf({ family, title, variant }: PathResult): string {
  return family === 'product' && variant ? `${title}, ${variant}` : title;
}

export const MANNERS_TITLES: Readonly<Record<Manners, string>> = {
  polite: 'Polite server',
  naive: 'Naive server',
};
