import { setMaxListeners } from 'node:events';
import { type Manners, TECHNIQUES, type TransportName } from '../../server/wire.ts';
import {
  COMPAT_SCHEMA,
  type Compat,
  type EnvironmentResult,
  type PathResult,
  type Support,
} from '../../web/compat/schema.ts';
import { dueTimes, type ProbeSettings, probeSettings } from '../../web/probe/settings.ts';
import { describeCommit, describeMachine } from '../bench/machine.ts';
import { CHROMIUM_HINT, findChromium } from '../testing/chromium.ts';
import { startLab } from '../testing/lab.ts';
import { fillRows, type PlannedRow } from './cells.ts';
import { runEnvironments } from './environment-run.ts';
import { nodeAsHost, pagesAsHost } from './hosts.ts';
import { loadPaths } from './load-paths.ts';
import type { CompatSettings } from './options.ts';
import { startPageHost } from './page-host.ts';
import { pagesOf } from './pages.ts';
import { readSupport } from './support.ts';

const VARIANTS = ['as shipped', 'tuned'] as const;

/** What a row takes beside the procedure: a product to start, a page to load. */
const STARTING_MS = 4000;

/** Who watches a run. */
export interface CompatObserver {
  step(text: string): void;
  /** Rows done, and what the rest is expected to take. */
  progress(doneMs: number, leftMs: number): void;
  notice(text: string): void;
  /** What there is so far: kept if the run is stopped. */
  keep(compat: Compat): Promise<void>;
}

export interface CompatRunOptions {
  readonly name: string;
  readonly command: string;
  readonly settings: CompatSettings;
}

/** Runs the compatibility lab. Rejects with the signal's reason where it is stopped. */
export async function runCompat(
  { name, command, settings }: CompatRunOptions,
  observer: CompatObserver,
  signal: AbortSignal,
): Promise<Compat> {
  const { timeScale, atOnce } = settings;
  setMaxListeners(0, signal); // every cell listens
  const rows = await planRows(settings.paths);
  const startedAt = new Date();
  const { cpu, cores, memoryBytes, os, kernel, node, v8 } = await describeMachine();
  const machine = { cpu, cores, memoryBytes, os, kernel, node, v8, pinned: null, limits: [] };
  const commit = await describeCommit();

  const chromium = settings.host === 'chromium' ? findChromium() : undefined;
  if (settings.host === 'chromium' && !chromium) {
    observer.notice(
      `No browser was found, so that Node is the client and pages are left out. ${CHROMIUM_HINT}`,
    );
  }
  await using pages = chromium ? await startPageHost(chromium) : undefined;
  const host = pages ? pagesAsHost(pages) : nodeAsHost;

  const kept = new Map<string, PathResult>();
  let environments: readonly EnvironmentResult[] = [];
  let support: Support | null = null;
  const compat = (complete: boolean): Compat => ({
    schema: COMPAT_SCHEMA,
    run: {
      name,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      complete,
      timeScale,
      command,
      ...commit,
      browser: host.version,
    },
    machine,
    paths: rows.flatMap(({ id }) => kept.get(id) ?? []),
    environments,
    support,
  });

  const probe = (manners: Manners, transports: readonly TransportName[]) =>
    probeSettings(timeScale, transports, [manners]);
  const usual = probe('polite', TECHNIQUES);
  const { heartbeatMs } = usual;
  const flags = ['--heartbeat-ms', String(Math.round(heartbeatMs))];
  await using polite = await startLab(flags);
  await using naive = await startLab([...flags, '--naive']);
  support = await readSupport();
  const pace = createPace(rows.length, atOnce, usual, observer);
  await fillRows({
    rows,
    labs: { polite: polite.url, naive: naive.url },
    settings: probe,
    pages: pagesOf(host.lanes),
    timeScale,
    host,
    atOnce,
    step: (text) => observer.step(`paths · ${text}`),
    notice: observer.notice,
    async keep(row) {
      kept.set(row.id, row);
      if (row.state.state === 'failed') observer.notice(`${row.id}: ${row.state.reason}`);
      pace();
      await observer.keep(compat(false));
    },
    signal,
  });
  if (pages && settings.environments) {
    environments = await runEnvironments(pages, {
      step: (text) => observer.step(`pages · ${text}`),
      notice: observer.notice,
      signal,
    });
  }
  return compat(true);
}

/** Products have two rows, one for each variant. */
async function planRows(wanted: readonly string[] | undefined): Promise<readonly PlannedRow[]> {
  const paths = (await loadPaths()).filter(({ id }) => wanted?.includes(id) ?? true);
  return paths.flatMap(({ id, path }): readonly PlannedRow[] =>
    path.family === 'mechanism'
      ? [{ id, path, variant: 'as shipped' }]
      : VARIANTS.map((variant) => ({ id: `${id}/${variant.replace(' ', '-')}`, path, variant })),
  );
}

/** Tells the time left: rows take as long as the procedure, several at once. Call the result after each. */
function createPace(
  rows: number,
  atOnce: number,
  settings: ProbeSettings,
  observer: CompatObserver,
): () => void {
  const rowMs = (dueTimes(settings).at(-1) ?? 0) + STARTING_MS;
  const startedMs = performance.now();
  let done = 0;
  const tell = (): void => {
    const tookMs = performance.now() - startedMs;
    observer.progress(tookMs, Math.ceil((rows - done) / atOnce) * rowMs);
  };
  tell();
  return () => {
    done += 1;
    tell();
  };
}
