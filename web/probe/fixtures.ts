import {
  MANNERS,
  type Manners,
  type Sighting,
  TRANSPORT_NAMES,
  type TransportName,
} from '../../server/wire.ts';
import { judge } from './judge.ts';
import type { Evidence, Exchange, Loss, ProbeResult, ProbeRow, RowTraffic } from './schema.ts';
import { dueTimes, probeSettings } from './settings.ts';

/** Records as a probe would leave them, for tests: everything in time, until something is changed. */

const SETTINGS = probeSettings(1, TRANSPORT_NAMES, MANNERS);
/** When the lab began: ms since the probe's start. */
const STARTED_MS = 100;
export const DUE_MS = dueTimes(SETTINGS).map((dueMs) => STARTED_MS + dueMs);
const END_MS = (DUE_MS.at(-1) ?? 0) + 50;

export const STREAM: Exchange = { atMs: 110, headMs: 120, endMs: null, status: 200, outcome: null };

/** Every message, so much after it was due. */
export function arrivals(lateMs: (seq: number) => number): Evidence['arrivals'] {
  return DUE_MS.map((dueMs, i) => ({ seq: i + 1, atMs: dueMs + lateMs(i + 1), lateMs: lateMs(i + 1) }));
}

export function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    arrivals: arrivals(() => 5),
    missed: 0,
    openedAtMs: [130],
    losses: [],
    exchanges: [STREAM],
    exchangesLeftOut: 0,
    gaveUp: null,
    ...changes,
  };
}

export function loss(changes: Partial<Loss>): Loss {
  return {
    atMs: 66_400,
    ageMs: 66_290,
    silentMs: 60_000,
    survivedMs: 1400,
    by: 'closed',
    error: null,
    ...changes,
  };
}

/** Polls that were answered one after another. */
export function polls(count: number, changes: Partial<Exchange> = {}): readonly Exchange[] {
  return Array.from({ length: count }, (_, i) => ({
    atMs: 110 + i * 1000,
    headMs: 115 + i * 1000,
    endMs: 115 + i * 1000,
    status: 200,
    outcome: 'messages',
    ...changes,
  }));
}

export interface RowChange {
  readonly evidence?: Partial<Evidence>;
  readonly traffic?: RowTraffic | null;
  /** Of what reached the server; one request that is under way, by default. */
  readonly sightings?: readonly Partial<Pick<Sighting, 'upgrade' | 'httpVersion' | 'state'>>[];
}

type Changes = Partial<Record<TransportName | `${TransportName} ${Manners}`, RowChange>>;

/** A whole record; `changes` to rows by transport, or by transport and manners. Outcomes follow from them. */
export function probe(
  changes: Changes = {},
  result: Partial<Omit<ProbeResult, 'rows' | 'sightings'>> = {},
): ProbeResult {
  const parts = SETTINGS.manners.flatMap((manners) =>
    SETTINGS.transports.map((transport) => {
      const change = changes[`${transport} ${manners}`] ?? changes[transport] ?? {};
      const usual = transport.endsWith('poll') ? { exchanges: polls(90) } : {};
      const row = { transport, manners, evidence: evidence({ ...usual, ...change.evidence }) };
      const sightings = (change.sightings ?? [{}]).map((one) => ({
        transport,
        manners,
        at: 1_790_000_000_000 + 115,
        httpVersion: '1.1',
        upgrade: transport === 'websocket',
        state: 'in-progress' as const,
        endedAt: null,
        ...one,
      }));
      const requests = row.evidence.exchanges.length;
      const traffic = change.traffic === undefined ? { requests, bytesIn: 1, bytesOut: 1 } : change.traffic;
      const trial = { settings: SETTINGS, dueAtMs: DUE_MS, endedAtMs: END_MS, sightings };
      const judged: ProbeRow = { ...row, ...judge(row, trial), traffic };
      return { row: judged, sightings };
    }),
  );
  return {
    schema: 1,
    startedAt: '2026-11-22T12:00:00.000Z',
    url: 'http://lab.test',
    client: { host: 'browser', agent: 'a browser' },
    settings: SETTINGS,
    reach: { echo: { httpVersion: '1.1', headers: {} }, error: null, headers: {}, clockErrorMs: 2 },
    sightingsLeftOut: 0,
    ...result,
    rows: parts.map(({ row }) => row),
    sightings: parts.flatMap(({ sightings }) => sightings),
  };
}
