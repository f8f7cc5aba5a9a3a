import type { Echo, Manners, Sighting, TransportName } from '../../server/wire.ts';
import type { RequestOutcome } from '../clients/client.ts';
import type { ProbeSettings } from './settings.ts';

/**
 * What a probe leaves behind: one run of the procedure through whatever lies between a client and a lab. It is
 * saved and loaded as JSON, and is what a cell of the compatibility matrix holds. What it means is worked out
 * by pure functions (diagnose.ts), so that an old file can be read with new eyes.
 */
export interface ProbeResult {
  readonly schema: typeof PROBE_SCHEMA;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Where the lab was asked for. */
  readonly url: string;
  readonly client: { readonly host: 'browser' | 'node'; readonly agent: string };
  readonly settings: ProbeSettings;
  readonly reach: Reach;
  readonly rows: readonly ProbeRow[];
  /** What reached the server, oldest first. Empty where it could not be asked. */
  readonly sightings: readonly Sighting[];
  /** How many more there were than are kept. */
  readonly sightingsLeftOut?: number;
  /** The longest that the client itself stood still: ms. What came late then was late for that, too. */
  readonly stalledMs?: number;
}

export const PROBE_SCHEMA = 1;

/** What plain requests to the lab came back with. */
export interface Reach {
  /** `GET /api/echo` through the path; null with the reason where there was no answer to read. */
  readonly echo: Echo | null;
  readonly error: string | null;
  /** Headers of that answer as they came back, by lower-case name: those that say who had it in hand. */
  readonly headers: Readonly<Record<string, string>>;
  /** Half the shortest round trip, ms; null where the clock could not be read. */
  readonly clockErrorMs: number | null;
  /** What the client spoke on the way there: `http/1.1`, `h2`; absent where the host does not tell. */
  readonly protocol?: string;
  /** Whether the client was told to go through a forward proxy; absent where the host does not tell. */
  readonly proxied?: boolean;
}

/**
 * - `whole`: all messages came, over a line that was never cut.
 * - `recovered`: all came, though the line was cut (or died, which was noticed) on the way.
 * - `dead`: messages came until the silence, none after it, and nobody was told.
 * - `nothing`: what was published did not come, or not while it was news.
 */
export type Outcome = 'whole' | 'recovered' | 'dead' | 'nothing';

/** One transport with one server's manners. */
export interface ProbeRow {
  readonly transport: TransportName;
  readonly manners: Manners;
  readonly outcome: Outcome;
  /** Where and why it ended, for `nothing`. */
  readonly failure: Failure | null;
  readonly expected: number;
  readonly delivered: number;
  /** Losses of a connection, or requests that failed. */
  readonly cuts: number;
  /** How long a dead line was taken for a living one: ms from the first message it swallowed. Null: never, or never noticed. */
  readonly deadNoticedMs: number | null;
  /** From when the first message was due to when it came: ms. Says that it came, not how fast the transport is. */
  readonly firstMessageMs: number | null;
  /** As the server counted them; null where it could not be asked. */
  readonly traffic: RowTraffic | null;
  readonly evidence: Evidence;
}

export interface RowTraffic {
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Failure {
  /** The furthest it got: `connect` no answer at all, `first-byte` an answer without content, `first-message`, `later`. */
  readonly step: 'connect' | 'first-byte' | 'first-message' | 'later';
  /** What was seen, in words. */
  readonly reason: string;
  /** The HTTP status that came instead, where there was one and the host could see it. */
  readonly status: number | null;
}

/** All that the client saw of a row. Times are ms since the probe's start, on the client's clock. */
export interface Evidence {
  readonly arrivals: readonly Arrival[];
  /** Messages that a gap said were lost. */
  readonly missed: number;
  /** When the subscription was in place, first and again. */
  readonly openedAtMs: readonly number[];
  readonly losses: readonly Loss[];
  readonly exchanges: readonly Exchange[];
  /** Exchanges that are not kept: the middle of a long series of polls. */
  readonly exchangesLeftOut: number;
  /** Why the subscription ended for good, where it did. */
  readonly gaveUp: string | null;
}

export interface Arrival {
  readonly seq: number;
  readonly atMs: number;
  /** After it was due, by the server's clock. */
  readonly lateMs: number;
}

export interface Loss {
  readonly atMs: number;
  /** Since this connection was opened, and since it last delivered anything (a heartbeat counts): ms. */
  readonly ageMs: number;
  readonly silentMs: number;
  /** The longest silence that this connection had survived before, ms. */
  readonly survivedMs?: number;
  /** `closed` by something on the way, or given up by the client's own `watch` after too long a silence. */
  readonly by: 'closed' | 'watch';
  readonly error: string | null;
}

/** One HTTP request, event stream or socket. */
export interface Exchange {
  readonly atMs: number;
  /** When its head (a stream's: `open`) was there, and when it was over; null where that never came. */
  readonly headMs: number | null;
  readonly endMs: number | null;
  /** Null where the host does not tell, or nothing came. */
  readonly status: number | null;
  readonly outcome: RequestOutcome | null;
  /** Where a stream or socket was refused: what a plain request for the same URL was answered; null: nothing. */
  readonly plainStatus?: number | null;
}

/** What a probe may find on the way. */
export type DiagnosisId =
  | 'clear'
  | 'unreachable'
  | 'http-1.0'
  | 'upgrade-removed'
  | 'connect-refused'
  | 'websocket-refused'
  | 'http-2-only'
  | 'buffered'
  | 'first-bytes-held'
  | 'compressed'
  | 'cached'
  | 'late'
  | 'idle-cut'
  | 'age-cut'
  | 'silent-death'
  | 'rate-limited'
  | 'unexplained';

export interface Diagnosis {
  readonly id: DiagnosisId;
  /** What it is, in a few words, and what was seen that says so, with figures. */
  readonly title: string;
  readonly evidence: string;
  readonly remedies: readonly Remedy[];
}

export interface Remedy {
  /** `nginx`, `Your server`, … */
  readonly where: string;
  readonly what: string;
  /** Configuration to paste, where there is some. */
  readonly code?: string;
  /** True where the answers' headers name this product: it is probably the one. */
  readonly likely?: boolean;
}
