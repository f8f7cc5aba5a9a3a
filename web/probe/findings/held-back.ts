import { firstArrivals, isRefusal } from '../evidence.ts';
import type { ProbeResult, ProbeRow } from '../schema.ts';
import { counted, inTime, listed, median } from '../words.ts';
import { type Finder, type Finding, nameRows, politePasses, rowsOf, sightingsOf } from './view.ts';

/** An event stream's greeting is on the way at once: one that comes so much later than others' was held. ms. */
const HELD_MS = 600;

/** More than this between a stream and a poll on the same way is no distance. ms. */
const LATE_MS = 100;

/** Responses that do not end are not let through while they go on, or not their beginning. */
export const findHeldBack: Finder = (result) => {
  const streams = rowsOf(result, 'sse');
  const held = streams.filter((row) => isHeldBack(result, row));
  if (held.length > 0) return [heldBack(result, held)];
  const begun = streams.filter((row) => firstBurst(result, row) > 1);
  return begun.length > 0 ? [firstBytes(result, begun)] : [];
};

/** Nothing came over the stream while it was news, though it was not refused, and the server had the request. */
export function isHeldBack(result: ProbeResult, row: ProbeRow): boolean {
  const { outcome, evidence } = row;
  if (outcome !== 'nothing' || evidence.exchanges.some(({ status }) => isRefusal(status))) return false;
  const seen = sightingsOf(result, row).length > 0 || result.sightings.length === 0;
  return seen && evidence.exchanges.length > 0 && openingMs(result, row) > usualOpeningMs(result) + HELD_MS;
}

/** From when the server had the first request to the greeting; endless where there was none. */
function openingMs(result: ProbeResult, row: ProbeRow): number {
  const [opened] = row.evidence.openedAtMs;
  const seen = seenMs(result, row);
  return seen === undefined || opened === undefined ? Number.POSITIVE_INFINITY : opened - seen;
}

/** How long it took those that nothing holds: on a busy machine, or over a long way, that is not nothing. */
function usualOpeningMs(result: ProbeResult): number {
  const others = rowsOf(result, 'short-poll', 'websocket').map((row) => openingMs(result, row));
  return Math.max(0, ...others.filter(Number.isFinite));
}

/** When the server had a row's first request, on the client's clock; when it was sent, where that is not known. */
function seenMs(result: ProbeResult, row: ProbeRow): number | undefined {
  const [begun] = row.evidence.exchanges;
  const [seen] = sightingsOf(result, row);
  if (!begun || !seen) return begun?.atMs;
  // The quickest request of all says how the two clocks lie to each other.
  const between = result.rows.flatMap((one) => {
    const sent = one.evidence.exchanges[0];
    const came = sightingsOf(result, one)[0];
    return sent && came ? [came.at - sent.atMs] : [];
  });
  return seen.at - Math.min(...between);
}

function heldBack(result: ProbeResult, rows: readonly ProbeRow[]): Finding {
  const coding = result.reach.headers['content-encoding'];
  const names = nameRows(result, rows);
  const late = rows.flatMap(({ evidence }) => evidence.arrivals.map(({ lateMs }) => lateMs));
  const headless = rows.every(({ evidence }) => evidence.exchanges.every(({ headMs }) => headMs === null));
  const came =
    late.length > 0
      ? `what came of it came in lumps, up to ${inTime(Math.max(...late))} after it was due`
      : headless
        ? 'of its answer not even the head came back'
        : 'of its answer nothing but the head came back';
  const seen = `The server had ${names}’s request and answered it; ${came}${politePasses(result, rows)}.`;
  if (coding !== undefined) {
    return {
      id: 'compressed',
      title: `Responses are compressed on the way (${coding}), and small events stay in the compressor`,
      evidence: `The lab compresses nothing, but its answers come back with Content-Encoding: ${coding}. ${seen}`,
    };
  }
  return {
    id: 'buffered',
    title: 'Responses arrive only when they are complete: something buffers',
    evidence: seen,
  };
}

/** How many messages came together with the greeting, when the server had long been asked, and others had them. */
function firstBurst(result: ProbeResult, row: ProbeRow): number {
  const { outcome, evidence } = row;
  const [begun] = evidence.exchanges;
  const [opened] = evidence.openedAtMs;
  if (outcome === 'nothing' || opened === undefined || begun === undefined) return 0;
  if (begun.endMs !== null && begun.endMs < opened) return 0;
  if (openingMs(result, row) < usualOpeningMs(result) + HELD_MS) return 0;
  const others = rowsOf(result, 'long-poll', 'websocket').map((one) => firstArrivals(one.evidence.arrivals));
  return [...firstArrivals(evidence.arrivals).values()].filter(({ seq, atMs, lateMs }) => {
    const elsewhere = others.flatMap((arrivals) => arrivals.get(seq)?.lateMs ?? []);
    const usual = elsewhere.length > 0 ? Math.min(...elsewhere) : 0;
    const together = result.settings.everyMs / 2;
    return Math.abs(atMs - opened) < together && lateMs - usual > together;
  }).length;
}

function firstBytes(result: ProbeResult, rows: readonly ProbeRow[]): Finding {
  const burst = Math.max(...rows.map((row) => firstBurst(result, row)));
  const late = Math.max(...rows.map(({ firstMessageMs }) => firstMessageMs ?? 0));
  return {
    id: 'first-bytes-held',
    title: 'The first bytes of a response are held until there are enough of them',
    evidence: `Over ${nameRows(result, rows)} the greeting and the first ${counted(burst, 'message')} came at once, ${inTime(late)} late; all after them came in time.`,
  };
}

/** Each streamed message is late by about as much, while those that come as a poll's answer are not. */
export const findLate: Finder = (result) => {
  const { clockErrorMs } = result.reach;
  const polls = rowsOf(result, 'long-poll')
    .map(usualLateness)
    .filter((ms) => ms !== undefined);
  const baseMs = Math.min(...polls, ...(clockErrorMs === null || polls.length > 0 ? [] : [clockErrorMs]));
  const late = rowsOf(result, 'sse', 'websocket').filter(
    (row) => row.outcome !== 'nothing' && (usualLateness(row) ?? 0) - baseMs > LATE_MS,
  );
  if (late.length === 0 || !Number.isFinite(baseMs)) return [];
  const byMs = Math.round(((median(late.map((row) => usualLateness(row) ?? 0)) ?? 0) - baseMs) / 10) * 10;
  const against =
    polls.length > 0
      ? `a long poll’s answer after ${inTime(baseMs)}`
      : `half a round trip is ${inTime(baseMs)}`;
  return [
    {
      id: 'late',
      title: `Messages come late by ${byMs} ms: small writes wait for acknowledgements (Nagle)`,
      evidence: `Over ${nameRows(result, late)} a message usually came ${listed(
        late.map((row) => inTime(usualLateness(row) ?? 0)),
      )} after it was due; ${against}.`,
      limitMs: byMs,
    },
  ];
};

/** The median of the live messages but for the first half, in which a stream may still have been held. */
function usualLateness({ evidence }: ProbeRow): number | undefined {
  const live = [...firstArrivals(evidence.arrivals).values()].filter(({ seq }) => seq > 10 && seq <= 20);
  return median(live.map(({ lateMs }) => lateMs));
}

/** Polls that were answered, though the server never saw them. */
export const findCached: Finder = (result) => {
  const hit = rowsOf(result, 'short-poll', 'long-poll').filter((row) => {
    const seen = seenBy(result, row);
    const answered = answeredIn(row);
    return seen !== undefined && answered - seen > Math.max(2, answered / 20);
  });
  const [row] = hit;
  if (!row) return [];
  const answered = hit.reduce((sum, one) => sum + answeredIn(one), 0);
  const seen = hit.reduce((sum, one) => sum + (seenBy(result, one) ?? 0), 0);
  return [
    {
      id: 'cached',
      title: 'Polls are answered from a cache: old news, again and again',
      evidence: `${nameRows(result, hit)}: ${answered} polls were answered, and the server saw ${seen} of them${politePasses(result, hit)}.`,
    },
  ];
};

function answeredIn({ evidence }: ProbeRow): number {
  const answered = evidence.exchanges.filter(
    ({ outcome }) => outcome === 'messages' || outcome === 'empty',
  ).length;
  return answered + evidence.exchangesLeftOut;
}

/** Undefined where it is not known. */
function seenBy(result: ProbeResult, row: ProbeRow): number | undefined {
  const complete = result.sightings.length > 0 && (result.sightingsLeftOut ?? 0) === 0;
  return row.traffic?.requests ?? (complete ? sightingsOf(result, row).length : undefined);
}
