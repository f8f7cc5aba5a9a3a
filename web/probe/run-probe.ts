import type { ProbeSightings } from '../../server/wire.ts';
import type { Env } from '../clients/client.ts';
import { sleep } from '../clients/sleep.ts';
import { type Control, controlThrough } from './control.ts';
import { judge } from './judge.ts';
import { askForAccount, askToStart, type Begun } from './lab-account.ts';
import { explain, pageProtocol, readClock, readEcho } from './reach.ts';
import { createRows, followRow, type Row, rowsNeverBegun } from './rows.ts';
import {
  type Evidence,
  PROBE_SCHEMA,
  type ProbeResult,
  type ProbeRow,
  type Reach,
  type RowTraffic,
} from './schema.ts';
import { dueTimes, type ProbeSettings } from './settings.ts';

export interface ProbeOptions {
  /** The lab, as this client reaches it: `https://my.host`. */
  readonly baseUrl: string;
  readonly settings: ProbeSettings;
  readonly client: ProbeResult['client'];
  /** Where the lab asks for one. */
  readonly token?: string;
  /** How the lab's API is reached; by `env.fetch` through the path, by default. */
  readonly control?: Control;
  readonly observe?: (progress: ProbeProgress) => void;
  readonly signal?: AbortSignal;
  /** Whether the client goes through a forward proxy, where that is known. */
  readonly proxied?: boolean;
}

/** Where a probe is: for those who watch. */
export interface ProbeProgress {
  /** Since its start, and what it takes at most: ms. */
  readonly elapsedMs: number;
  readonly totalMs: number;
  readonly phase: 'connecting' | 'live' | 'silence' | 'waking' | 'waiting' | 'done';
  /** Rows as they stand; what becomes of one is not known before the end. */
  readonly rows: readonly ProbeRow[];
}

/** How often those who watch are told, and how often it is looked whether all has come: ms. */
const TELL_EVERY_MS = 200;
const LOOK_EVERY_MS = 50;

/** Runs the procedure through whatever lies on the way. Rejects only where it was aborted. */
export async function runProbe(options: ProbeOptions, env: Env): Promise<ProbeResult> {
  const { baseUrl, settings, client, token, observe } = options;
  const outer = options.signal ?? new AbortController().signal;
  const control = options.control ?? controlThrough(env, baseUrl, token);
  const startedAt = new Date().toISOString();
  const originMs = env.now();
  const elapsed = (): number => env.now() - originMs;

  const echo = await readEcho(env, baseUrl, outer);
  outer.throwIfAborted();
  const clock = echo.echo ? await readClock(env, baseUrl, outer) : undefined;
  outer.throwIfAborted();
  const protocol = echo.echo ? pageProtocol(baseUrl) : undefined;
  const reach = (error: string | null): Reach => ({
    ...echo,
    error: echo.error ?? error,
    clockErrorMs: clock?.errorMs ?? null,
    ...(protocol !== undefined && { protocol }),
    ...(options.proxied !== undefined && { proxied: options.proxied }),
  });
  const result = (
    parts: Pick<ProbeResult, 'reach' | 'rows' | 'sightings' | 'sightingsLeftOut' | 'stalledMs'>,
  ) => ({
    schema: PROBE_SCHEMA as typeof PROBE_SCHEMA,
    startedAt,
    url: baseUrl,
    client,
    settings,
    ...parts,
  });

  let begun: Begun;
  try {
    begun = await askToStart(control, settings, elapsed, outer);
  } catch (error) {
    outer.throwIfAborted();
    const reason = explain(error);
    const rows = rowsNeverBegun(settings, echo.error ?? reason);
    return result({ reach: reach(reason), rows, sightings: [], sightingsLeftOut: 0 });
  }

  const { started, askedMs } = begun;
  // Where the clock could not be read, the answer to the start says what it was, give or take the way.
  const offsetMs = clock?.offsetMs ?? started.startedAt - (originMs + (askedMs + elapsed()) / 2);
  const dueAtMs = dueTimes(settings).map((dueMs) => started.startedAt + dueMs - offsetMs - originMs);
  const rows = createRows(settings, env, { since: (at) => at - originMs, offsetMs });
  const endsMs = (dueAtMs.at(-1) ?? 0) + settings.patienceMs;

  const judged = (
    row: Row,
    evidence: Evidence,
    seen: ProbeSightings | null,
    traffic: RowTraffic | null,
  ): ProbeRow => {
    const { transport, manners } = row;
    const own = seen?.sightings.filter((one) => one.transport === transport && one.manners === manners);
    const trial = { settings, dueAtMs, endedAtMs: elapsed(), sightings: own ?? null };
    return { transport, manners, ...judge({ transport, manners, evidence }, trial), traffic, evidence };
  };
  const tell = (phase: ProbeProgress['phase']): void =>
    observe?.({
      elapsedMs: elapsed(),
      totalMs: endsMs,
      phase,
      rows: rows.map((row) => judged(row, row.recorder.evidence, null, null)),
    });

  // One for each row: Node warns of a signal that more than ten listen to.
  const endings = rows.map(() => new AbortController());
  const end = (): void => {
    for (const ending of endings) ending.abort();
  };
  outer.addEventListener('abort', end);
  const running = rows.map((row, i) =>
    followRow(row, started, baseUrl, settings, endings[i]?.signal ?? outer),
  );
  try {
    let toldMs = Number.NEGATIVE_INFINITY;
    let stalledMs = 0;
    while (!outer.aborted && elapsed() < endsMs && !allCame(rows, dueAtMs, elapsed())) {
      if (elapsed() - toldMs >= TELL_EVERY_MS - LOOK_EVERY_MS) {
        toldMs = elapsed();
        tell(phaseAt(elapsed(), settings, dueAtMs));
      }
      const lookedMs = elapsed();
      await sleep(LOOK_EVERY_MS, outer);
      stalledMs = Math.max(stalledMs, elapsed() - lookedMs - LOOK_EVERY_MS);
    }
    outer.throwIfAborted();
    // Before the lines are let go of: which of them the server still takes for open is part of what it saw.
    const evidence = rows.map(({ recorder }) => recorder.evidence);
    const ask = () => askForAccount(control, started.topic, rows, outer);
    let account = await ask();
    end();
    await Promise.all(running);
    // Rows may have held all the connections that a browser has for a host.
    if (!account.seen && !outer.aborted) account = await ask();
    outer.throwIfAborted();
    const { seen, traffic } = account;
    const judgedRows = rows.map((row, i) =>
      judged(row, evidence[i] ?? row.recorder.evidence, seen, traffic[i] ?? null),
    );
    observe?.({ elapsedMs: elapsed(), totalMs: elapsed(), phase: 'done', rows: judgedRows });
    return result({
      reach: reach(null),
      rows: judgedRows,
      sightings: seen?.sightings ?? [],
      sightingsLeftOut: seen?.leftOut ?? 0,
      stalledMs: Math.round(stalledMs),
    });
  } finally {
    end();
    outer.removeEventListener('abort', end);
    await Promise.all(running);
  }
}

function allCame(rows: readonly Row[], dueAtMs: readonly number[], nowMs: number): boolean {
  if (nowMs < (dueAtMs.at(-1) ?? 0)) return false;
  return rows.every(({ recorder }) => recorder.over || recorder.delivered >= dueAtMs.length);
}

function phaseAt(nowMs: number, { live }: ProbeSettings, dueAtMs: readonly number[]) {
  const before = (index: number): boolean => nowMs < (dueAtMs[index] ?? Number.NEGATIVE_INFINITY);
  if (before(0)) return 'connecting';
  if (before(live - 1)) return 'live';
  if (before(live)) return 'silence';
  return before(dueAtMs.length - 1) ? 'waking' : 'waiting';
}
