import { IN_TIME_MS, isFailed } from '../evidence.ts';
import { isPoll } from '../lanes.ts';
import type { Loss, ProbeResult, ProbeRow } from '../schema.ts';
import { inTime, median, times } from '../words.ts';
import { isHeldBack } from './held-back.ts';
import { type Finder, type Finding, nameRows, politePasses, rowsOf, sightingsOf } from './view.ts';

/** Shorter silences than this are not what a line is cut for: ms. */
const SHORTEST_IDLE_MS = 400;

/** Ages and silences of one cause lie within so much of each other. */
const TOLERANCE = 0.1;

interface RowLoss extends Loss {
  readonly row: ProbeRow;
}

/** Too many requests: whoever says so says it plainly (RFC 6585). */
export const findRateLimit: Finder = (result) => {
  const refusals = (row: ProbeRow): number =>
    row.evidence.exchanges.filter(({ status, plainStatus }) => status === 429 || plainStatus === 429).length;
  const hit = result.rows.filter((row) => refusals(row) > 0);
  if (hit.length === 0) return [];
  const refused = hit.reduce((sum, row) => sum + refusals(row), 0);
  return [
    {
      id: 'rate-limited',
      title: 'Requests are limited in number: polls are refused with 429',
      evidence: `${nameRows(result, hit)} ${hit.length > 1 ? 'were' : 'was'} refused ${times(refused)} with 429 (Too Many Requests).`,
    },
  ];
};

/** Lines that die and nobody is told. */
export const findSilentDeath: Finder = (result) => {
  // What was held on the way and lost with its line is no dead line.
  const candidates = result.rows.filter((row) => !isHeldBack(result, row));
  const others = result.rows.some(({ outcome }) => outcome === 'whole' || outcome === 'recovered');
  const mute = candidates.filter((row) => row.outcome === 'dead' || (others && wentMute(result, row)));
  const noticed = candidates.filter(
    (row) =>
      !mute.includes(row) &&
      !askedAgain(result, row) &&
      (row.deadNoticedMs !== null || row.evidence.losses.some(({ by }) => by === 'watch')),
  );
  if (mute.length + noticed.length === 0) return [];
  const open = mute.some((row) => sightingsOf(result, row).some(({ state }) => state === 'in-progress'));
  const noticedMs = Math.max(0, ...noticed.map(({ deadNoticedMs }) => deadNoticedMs ?? 0));
  const watched = noticed.length > 0 ? `${nameRows(result, noticed)} came back` : '';
  const seen = [
    mute.length > 0
      ? `${nameRows(result, mute)} got nothing any more, and were not told${open ? '; the server took the line for open' : ''}${politePasses(result, mute)}`
      : '',
    noticedMs > 0
      ? `${watched} after a dead line was taken for a living one for ${inTime(noticedMs)}`
      : watched && `${watched} only because the client missed the heartbeats`,
  ];
  return [
    {
      id: 'silent-death',
      title: 'After a silence the connection is dead, and neither side is told',
      evidence: `${seen.filter((one) => one !== '').join('. ')}.`,
      limitMs: result.settings.silenceMs,
    },
  ];
};

/** It worked, then nothing came any more, without a loss: also a poll that nobody has answered for long. */
function wentMute(result: ProbeResult, { transport, outcome, evidence }: ProbeRow): boolean {
  if (outcome !== 'nothing' || evidence.losses.length > 0) return false;
  if (!isPoll(transport)) return evidence.openedAtMs.length > 0;
  const last = evidence.exchanges.at(-1);
  if (last === undefined || last.headMs !== null) return false;
  const endMs = Math.max(...result.rows.flatMap((row) => row.evidence.exchanges.map(({ atMs }) => atMs)));
  return (last.endMs ?? endMs) - last.atMs > IN_TIME_MS;
}

/**
 * Whether the browser has asked again of itself, as it does where a kept connection is closed before an answer
 * begins: then a poll takes as long as two, and the client's patience with it says nothing about the line.
 */
function askedAgain(result: ProbeResult, row: ProbeRow): boolean {
  const { exchanges, exchangesLeftOut } = row.evidence;
  return isPoll(row.transport) && sightingsOf(result, row).length > exchanges.length + exchangesLeftOut;
}

/** Lines that are closed: for their age, or for their silence. One cause explains all that it can. */
export const findCuts: Finder = (result) => {
  const losses = rowsOf(result, 'sse', 'websocket').flatMap((row) =>
    row.evidence.losses.filter(({ by }) => by === 'closed').map((loss): RowLoss => ({ ...loss, row })),
  );
  const ageMs = commonAge(result, losses);
  if (ageMs !== undefined) return [ageCut(result, losses, ageMs)];
  return idleCut(result, losses);
};

/** The age at which lines are cut though they were busy; undefined where there is no such thing. */
function commonAge(result: ProbeResult, losses: readonly RowLoss[]): number | undefined {
  const oldestMs = Math.max(0, ...losses.map((loss) => loss.ageMs));
  const near = losses.filter((loss) => loss.ageMs > oldestMs * (1 - TOLERANCE));
  if (near.length < 2 || !near.some((loss) => wasBusy(result, loss))) return undefined;
  const outlived = rowsOf(result, 'sse', 'websocket').some(
    ({ evidence, outcome }) => outcome === 'whole' && lifetime(evidence) > oldestMs * (1 + TOLERANCE),
  );
  return outlived ? undefined : median(near.map((loss) => loss.ageMs));
}

/** From the opening to the last sign of life. */
function lifetime({ openedAtMs, arrivals }: ProbeRow['evidence']): number {
  return (arrivals.at(-1)?.atMs ?? 0) - (openedAtMs.at(-1) ?? 0);
}

/** Whether the line had survived as long a silence before the one in which it was cut. */
function wasBusy({ settings }: ProbeResult, { silentMs, survivedMs = 0 }: Loss): boolean {
  return silentMs <= Math.max(settings.everyMs * 1.2, survivedMs);
}

function ageCut(result: ProbeResult, losses: readonly RowLoss[], ageMs: number): Finding {
  const rows = result.rows.filter((row) => losses.some((loss) => loss.row === row));
  return {
    id: 'age-cut',
    title: `Connections are cut at an age of ${inTime(ageMs)}, busy or not`,
    evidence: `${nameRows(result, rows)} lost the connection ${times(losses.length)}, at ${inTime(ageMs)} of age, also in the middle of traffic.`,
    limitMs: ageMs,
  };
}

function idleCut(result: ProbeResult, losses: readonly RowLoss[]): readonly Finding[] {
  const silent = losses.filter((loss) => loss.silentMs > SHORTEST_IDLE_MS && !wasBusy(result, loss));
  const polls = rowsOf(result, 'long-poll').flatMap((row) => {
    const lasted = (outcome: boolean): readonly number[] =>
      row.evidence.exchanges.flatMap((one) =>
        isFailed(one) === outcome && one.endMs !== null && one.status !== 429 ? [one.endMs - one.atMs] : [],
      );
    const survivedMs = Math.max(0, ...lasted(false));
    return lasted(true)
      .filter((ms) => ms > SHORTEST_IDLE_MS && ms > survivedMs)
      .map((silentMs) => ({ row, silentMs }));
  });
  const all = [...silent, ...polls];
  if (all.length === 0) return [];
  const limitMs = Math.min(...all.map(({ silentMs }) => silentMs));
  const rows = result.rows.filter((row) => all.some((one) => one.row === row));
  const statuses = rows.flatMap(({ evidence }) => evidence.exchanges.map(({ status }) => status));
  const status = statuses.find((one) => one === 504 || one === 408 || one === 502);
  return [
    {
      id: 'idle-cut',
      title: `Connections die after ${inTime(limitMs)} of silence: set the heartbeat below that`,
      evidence: `${nameRows(result, rows)} lost the connection ${times(all.length)} after ${inTime(limitMs)} in which nothing passed${status === undefined ? '' : ` (a held poll was answered ${status})`}${politePasses(result, rows)}.`,
      limitMs,
    },
  ];
}
