import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MANNERS, type Manners, type TransportName } from '../../server/wire.ts';
import { sleep } from '../../web/clients/sleep.ts';
import type { PathResult, PathState } from '../../web/compat/schema.ts';
import type { Control } from '../../web/probe/control.ts';
import type { ProbeResult } from '../../web/probe/schema.ts';
import { type ProbeSettings, STALLED_MS } from '../../web/probe/settings.ts';
import type { Path, RunningPath, Variant } from './path.ts';
import { findProgram, readVersion } from './product.ts';

/** Between the starts of two rows, and between those of a row's pages: ms. */
const APART_MS = { rows: 2000, pages: 1000 } as const;

/** How often a cell is run again that was disturbed. */
const REPEATS = 2;

/** Where a probe's client runs: a page of a real browser, or Node where there is none. */
export interface CellHost {
  /** `Chromium 156.0…`, or null for Node. */
  readonly version: string | null;
  /** All that its client can run. */
  readonly lanes: readonly TransportName[];
  probe(
    path: RunningPath,
    settings: ProbeSettings,
    control: Control,
    signal: AbortSignal,
  ): Promise<ProbeResult>;
}

/** A row of the matrix that is to be filled. */
export interface PlannedRow {
  readonly id: string;
  readonly path: Path;
  readonly variant: Variant;
}

export interface FillOptions {
  readonly rows: readonly PlannedRow[];
  /** A lab for each manner: `http://127.0.0.1:PORT`. */
  readonly labs: Readonly<Record<Manners, string>>;
  readonly settings: (manners: Manners, transports: readonly TransportName[]) => ProbeSettings;
  /** Which lanes subscribe together: the techniques, and then the others. */
  readonly pages: readonly (readonly TransportName[])[];
  readonly timeScale: number;
  readonly host: CellHost;
  /** How many rows are filled side by side, each with its pages twice: for a polite and for a naive server. */
  readonly atOnce: number;
  /** Called with every row that is done, in any order. */
  readonly keep: (row: PathResult) => Promise<void>;
  readonly step: (text: string) => void;
  readonly notice: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Fills the rows, each cell through a path of its own. Rejects with the signal's reason where it is stopped. */
export async function fillRows(options: FillOptions): Promise<void> {
  const { rows, atOnce, signal } = options;
  const waiting = rows.values();
  const work = async (_: unknown, index: number): Promise<void> => {
    // To start programs and pages is what takes the processor: not all at the same moment.
    await sleep(index * APART_MS.rows, signal);
    // One iterator for all workers: each takes the next row that nobody has.
    for (const row of waiting) {
      signal.throwIfAborted();
      options.step(row.id);
      const filled = await fillRow(row, options);
      signal.throwIfAborted();
      await options.keep(filled);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rows.length) }, work));
}

async function fillRow({ id, path, variant }: PlannedRow, options: FillOptions): Promise<PathResult> {
  const [techniques = [], ...furtherPages] = options.pages;
  const program = path.family === 'product' ? findProgram(path.command) : '';
  const row = {
    id,
    title: path.title,
    family: path.family,
    role: path.family === 'product' ? path.role : null,
    variant: path.family === 'product' ? variant : null,
    standsFor: path.standsFor,
    version: path.family === 'product' && program ? await readVersion(program, path.version) : null,
  };
  if (path.family === 'product' && program === undefined) {
    return { ...row, config: null, state: { state: 'not installed', debianPackage: path.debianPackage } };
  }
  let config: string | null = null;
  const probe = async (manners: Manners, transports: readonly TransportName[]): Promise<ProbeResult> => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'lab-path-')));
    try {
      await using running = await path.start({
        target: new URL(options.labs[manners]),
        folder,
        variant,
        program: program ?? '',
        timeScale: options.timeScale,
        scaled: (seconds) => Math.max(1, Math.round(seconds * 1000 * options.timeScale)),
      });
      config = running.config?.replaceAll(folder, 'FOLDER') ?? null;
      const control = controlOf(options.labs[manners]);
      return await options.host.probe(
        running,
        options.settings(manners, transports),
        control,
        options.signal,
      );
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  /** A cell whose client stood still says more about the machine than about the path: it is run again. */
  const probeInPeace = async (
    manners: Manners,
    transports: readonly TransportName[],
  ): Promise<ProbeResult> => {
    let result = await probe(manners, transports);
    for (let again = 0; again < REPEATS && (result.stalledMs ?? 0) > STALLED_MS; again++) {
      options.notice(
        `${id}, ${manners} server: the machine stood still for ${result.stalledMs} ms; once more`,
      );
      result = await probe(manners, transports);
    }
    return result;
  };
  const probeEach = async (
    page: readonly TransportName[],
    index: number,
  ): Promise<Both | { reason: string }> => {
    await sleep(index * APART_MS.pages, options.signal);
    return bothOf(await Promise.allSettled(MANNERS.map((manners) => probeInPeace(manners, page))));
  };
  const [own, ...others] = await Promise.all([techniques, ...furtherPages].map(probeEach));
  if (!own || 'reason' in own)
    return { ...row, config, state: { state: 'failed', reason: own?.reason ?? '' } };
  const further = others.flatMap((page) => {
    if (!('reason' in page)) return [page];
    if (!options.signal.aborted) options.notice(`${id}, further lanes: ${page.reason}`);
    return [];
  });
  return { ...row, config, state: { state: 'ran', probes: own, ...togetherOf(further) } };
}

type Both = Readonly<Record<Manners, ProbeResult>>;

/** Both cells, or why there are none: a row of which one half is missing would be counted as what it is not. */
function bothOf([polite, naive]: readonly PromiseSettledResult<ProbeResult>[]): Both | { reason: string } {
  if (polite?.status === 'fulfilled' && naive?.status === 'fulfilled') {
    return { polite: polite.value, naive: naive.value };
  }
  const reasons = [polite, naive].flatMap((one) => (one?.status === 'rejected' ? [String(one.reason)] : []));
  return { reason: [...new Set(reasons)].join('; ') };
}

function togetherOf(pages: readonly Both[]): Pick<Extract<PathState, { state: 'ran' }>, 'further'> {
  if (pages.length === 0) return {};
  return { further: { polite: pages.map(({ polite }) => polite), naive: pages.map(({ naive }) => naive) } };
}

/** The lab's API past the path: what is measured is how the feed gets through, not how the questions do. */
function controlOf(lab: string): Control {
  return async (method, path, body) => {
    const response = await fetch(new URL(path, lab), {
      method,
      ...(body !== undefined && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}
