import type { Sighting } from '../../server/wire.ts';
import { firstArrivals, IN_TIME_MS, isFailed, isStale } from './evidence.ts';
import { explainFailure } from './failure.ts';
import { isLibrary, isPoll } from './lanes.ts';
import type { Arrival, Evidence, Outcome, ProbeRow } from './schema.ts';
import type { ProbeSettings } from './settings.ts';

/** A message that is missing when a line is lost was swallowed by it, if it was due so long before: ms. */
const SWALLOWED_MS = 2000;

/** What a row's record is judged by. */
export interface Trial {
  readonly settings: ProbeSettings;
  /** When each message was due: ms since the probe's start, on the client's clock. */
  readonly dueAtMs: readonly number[];
  /** When the record was closed, on the same clock. */
  readonly endedAtMs: number;
  /** Of this row's requests; null where the server could not be asked. */
  readonly sightings: readonly Sighting[] | null;
}

type Judged = Omit<ProbeRow, 'transport' | 'manners' | 'traffic' | 'evidence'>;

/** What became of the messages, and of the line. */
export function judge(
  row: Pick<ProbeRow, 'transport' | 'manners' | 'evidence'>,
  { settings, dueAtMs, endedAtMs, sightings }: Trial,
): Judged {
  const { evidence } = row;
  const arrivals = firstArrivals(evidence.arrivals);
  const expected = dueAtMs.length;
  const cuts = countCuts(row);
  const deadNoticedMs = longestDeath(evidence, arrivals, dueAtMs);
  const inTime = [...arrivals.values()].filter(({ lateMs }) => lateMs <= IN_TIME_MS);
  const liveInTime = inTime.filter(({ seq }) => seq <= settings.live).length;
  const live = Math.min(settings.live, expected);
  const outcome = ((): Outcome => {
    if (liveInTime < live / 2) return 'nothing';
    // After the silence a cut is an excuse for being late; without one something has kept what was news.
    if (cuts === 0 && arrivals.size === expected && inTime.length - liveInTime < (expected - live) / 2)
      return 'nothing';
    if (arrivals.size === expected) return cuts === 0 ? 'whole' : 'recovered';
    const woken = [...arrivals.keys()].some((seq) => seq > settings.live);
    const told = (evidence.losses.at(-1)?.atMs ?? 0) > (dueAtMs[settings.live - 1] ?? 0);
    return woken || told || evidence.gaveUp !== null ? 'nothing' : 'dead';
  })();
  const failure =
    outcome === 'nothing'
      ? explainFailure({ ...row, arrivals: [...arrivals.values()], settings, dueAtMs, endedAtMs, sightings })
      : null;
  return {
    outcome,
    failure,
    expected,
    delivered: arrivals.size,
    cuts,
    deadNoticedMs,
    firstMessageMs: arrivals.get(1)?.lateMs ?? null,
  };
}

/**
 * Streams, sockets and sessions that were lost, polls that failed. What never worked before or after is no cut; of a
 * session, the poll with which it was lost is no second one.
 */
function countCuts({ transport, evidence }: Pick<ProbeRow, 'transport' | 'evidence'>): number {
  const lastOpenMs = evidence.openedAtMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  const { exchanges } = evidence;
  const failed = exchanges.filter(isFailed);
  if (isPoll(transport)) {
    const open = evidence.openedAtMs[0];
    const counts = failed.filter((one) => !isStale(one, exchanges));
    return open === undefined ? 0 : counts.filter((one) => one.atMs < lastOpenMs || one.atMs > open).length;
  }
  const alone = isLibrary(transport) ? failed.filter(({ outcome }) => outcome === 'failed') : failed;
  return evidence.losses.length + alone.filter((one) => one.atMs < lastOpenMs).length;
}

/** The longest that a line had been swallowing messages when it was found out. */
function longestDeath(
  { losses }: Evidence,
  arrivals: ReadonlyMap<number, Arrival>,
  dueAtMs: readonly number[],
): number | null {
  const deaths = losses.flatMap((loss) => {
    const openedMs = loss.atMs - loss.ageMs;
    const swallowed = dueAtMs.find((dueMs, index) => {
      const came = arrivals.get(index + 1)?.atMs ?? Number.POSITIVE_INFINITY;
      return dueMs > openedMs && dueMs < loss.atMs - SWALLOWED_MS && came > loss.atMs;
    });
    return swallowed === undefined ? [] : [loss.atMs - swallowed];
  });
  return deaths.length > 0 ? Math.max(...deaths) : null;
}
