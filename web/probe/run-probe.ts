import type { Manners, ProbeSightings, ProbeStarted, Stats, TransportName } from '../../server/wire.ts';
import type { Env } from '../clients/client.ts';
import { sleep } from '../clients/sleep.ts';
import { subscribe } from '../clients/subscribe.ts';
import { controlThrough, persist, withinTime } from './control.ts';
import { judge } from './judge.ts';
import { explain, pageProtocol, readClock, readEcho } from './reach.ts';
import { createRowRecorder, type RowRecorder } from './row-recorder.ts';
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
  /** What the host spoke to reach the lab (`h2`, …), where it can tell; asked when there has been an answer. */
  readonly protocol?: () => string | undefined;
  /** Whether the client goes through a forward proxy, where that is known. */
  readonly proxied?: boolean;
}

/** The lab's own API: JSON there and back. Rejects with what the server says where it refuses. */
export type Control = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;

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

/** What the start of a probe may take, and a question at its end, first and once more: ms. */
const CONTROL_MS = 5000;
const QUESTION_MS = [2000, 4000] as const;

/** One transport with one server's manners, under way. */
interface Row {
  readonly transport: TransportName;
  readonly manners: Manners;
  /** By which the server tells its traffic. */
  readonly label: string;
  readonly recorder: RowRecorder;
}

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
  const protocol = echo.echo ? (options.protocol?.() ?? pageProtocol(baseUrl)) : undefined;
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

  let started: ProbeStarted;
  let askedMs = elapsed();
  try {
    started = await persist(async () => {
      askedMs = elapsed();
      const plan = { dueMs: dueTimes(settings) };
      return parseStarted(await withinTime(CONTROL_MS, () => control('POST', '/api/probes', plan), outer));
    }, outer);
  } catch (error) {
    outer.throwIfAborted();
    const reason = explain(error);
    const rows = combinations(settings).map((one) => neverBegun(one, settings, echo.error ?? reason));
    return result({ reach: reach(reason), rows, sightings: [], sightingsLeftOut: 0 });
  }

  // Where the clock could not be read, the answer to the start says what it was, give or take the way.
  const offsetMs = clock?.offsetMs ?? started.startedAt - (originMs + (askedMs + elapsed()) / 2);
  const dueAtMs = dueTimes(settings).map((dueMs) => started.startedAt + dueMs - offsetMs - originMs);
  const rowClock = { since: (at: number) => at - originMs, offsetMs };
  const nonce = Math.floor(env.random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  const rows: readonly Row[] = combinations(settings).map(({ transport, manners }) => ({
    transport,
    manners,
    label: `probe-${nonce}-${transport}-${manners.slice(0, 1)}`,
    recorder: createRowRecorder(transport, env, rowClock),
  }));
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

  const ending = new AbortController();
  const end = (): void => ending.abort();
  outer.addEventListener('abort', end);
  const running = rows.map((row) => follow(row, started, options, ending.signal));
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
    const ask = async (path: string): Promise<unknown> => {
      for (const ms of QUESTION_MS) {
        const answer = await withinTime(ms, () => control('GET', path), outer).catch(() => null);
        if (answer !== null || outer.aborted) return answer;
      }
      return null;
    };
    const askBoth = async () => {
      const seen = parseSightings(await ask(`/api/probes/${started.topic}`));
      const traffic = await Promise.all(
        rows.map(async (row) => trafficOf(await ask(`/api/stats?client=${row.label}`), row.transport)),
      );
      return { seen, traffic };
    };
    let asked = await askBoth();
    end();
    await Promise.all(running);
    // Rows may have held all the connections that a browser has for a host.
    if (!asked.seen && !outer.aborted) asked = await askBoth();
    outer.throwIfAborted();
    const { seen, traffic } = asked;
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

function combinations({ transports, manners }: ProbeSettings) {
  return manners.flatMap((one) => transports.map((transport) => ({ transport, manners: one })));
}

/** Reads one row's subscription until it is told to end; never rejects. */
async function follow(
  { transport, manners, label, recorder }: Row,
  { topic, cursor }: ProbeStarted,
  { baseUrl, settings }: ProbeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { timeScale, intervalMs, holdMs } = settings;
  const subscription = subscribe(
    {
      baseUrl,
      topic,
      transport,
      manners,
      after: cursor,
      client: label,
      intervalMs,
      holdMs: holdMs[manners],
      connectWithinMs: Math.max(5000, 30_000 * timeScale),
      retry: { baseMs: 500 * Math.max(timeScale, 0.2), capMs: Math.max(2000, 30_000 * timeScale) },
      signal,
      observe: recorder.observe,
    },
    recorder.env,
  );
  try {
    for await (const event of subscription) recorder.event(event);
  } catch (error) {
    recorder.gaveUp(error);
  }
  await subscription.closed;
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

/** A row of a probe that the lab could not be asked for. */
function neverBegun(
  { transport, manners }: { readonly transport: TransportName; readonly manners: Manners },
  settings: ProbeSettings,
  reason: string,
): ProbeRow {
  return {
    transport,
    manners,
    outcome: 'nothing',
    failure: { step: 'connect', reason, status: null },
    expected: dueTimes(settings).length,
    delivered: 0,
    cuts: 0,
    deadNoticedMs: null,
    firstMessageMs: null,
    traffic: null,
    evidence: {
      arrivals: [],
      missed: 0,
      openedAtMs: [],
      losses: [],
      exchanges: [],
      exchangesLeftOut: 0,
      gaveUp: null,
    },
  };
}

function parseStarted(value: unknown): ProbeStarted {
  if (typeof value === 'object' && value !== null && 'topic' in value && 'cursor' in value) {
    return value as ProbeStarted; // the wire's promise (server/wire.ts)
  }
  throw new Error('What answers there is no lab, or an older one: POST /api/probes is something else.');
}

function parseSightings(value: unknown): ProbeSightings | null {
  if (typeof value !== 'object' || value === null || !('sightings' in value)) return null;
  return value as ProbeSightings; // the wire's promise (server/wire.ts)
}

function trafficOf(value: unknown, transport: TransportName): RowTraffic | null {
  if (typeof value !== 'object' || value === null || !('traffic' in value)) return null;
  const { traffic } = value as Stats; // the wire's promise (server/wire.ts)
  const { requests, upgrades, bytesIn, bytesOut } = traffic[transport];
  return { requests: requests + upgrades, bytesIn, bytesOut };
}
