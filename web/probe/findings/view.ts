import {
  isTechnique,
  type Manners,
  type Sighting,
  TRANSPORTS,
  type TransportName,
} from '../../../server/wire.ts';
import type { DiagnosisId, ProbeResult, ProbeRow } from '../schema.ts';
import { listed } from '../words.ts';

/** Something on the way that was recognised, and what was seen of it. Remedies are found by the id. */
export interface Finding {
  readonly id: DiagnosisId;
  readonly title: string;
  readonly evidence: string;
  /** A time that the remedy depends on: ms. */
  readonly limitMs?: number;
}

/** Looks for one mechanism, or for some of one kind. */
export type Finder = (result: ProbeResult) => readonly Finding[];

/** The record of the techniques alone, which findings and advice are about; of all that is there where none is. */
export function ofTechniques(result: ProbeResult): ProbeResult {
  const rows = result.rows.filter(({ transport }) => isTechnique(transport));
  if (rows.length === 0) return result;
  return { ...result, rows, sightings: result.sightings.filter(({ transport }) => isTechnique(transport)) };
}

export function rowsOf(result: ProbeResult, ...transports: readonly TransportName[]): readonly ProbeRow[] {
  return result.rows.filter(({ transport }) => transports.includes(transport));
}

/** What reached the server of a row. */
export function sightingsOf(result: ProbeResult, row: ProbeRow): readonly Sighting[] {
  return result.sightings.filter(
    ({ transport, manners }) => transport === row.transport && manners === row.manners,
  );
}

/** "SSE and WebSocket", and whose server's answers it was, where it was not all that were asked for. */
export function nameRows(result: ProbeResult, rows: readonly ProbeRow[]): string {
  const transports = [...new Set(rows.map(({ transport }) => transport))];
  const manners = mannersOf(rows);
  const names = listed(transports.map((name) => TRANSPORTS[name].title));
  const [only] = manners;
  return manners.length === 1 && only && mannersOf(result.rows).length > 1
    ? `${names} (${only} server)`
    : names;
}

function mannersOf(rows: readonly ProbeRow[]): readonly Manners[] {
  return [...new Set(rows.map(({ manners }) => manners))];
}

/** "; with the polite server's answers it passes", where that is so. */
export function politePasses(result: ProbeResult, rows: readonly ProbeRow[]): string {
  const hit = new Set(rows.map(({ transport }) => transport));
  const polite = result.rows.filter(({ transport, manners }) => manners === 'polite' && hit.has(transport));
  const passes = polite.length > 0 && polite.every(({ outcome }) => outcome === 'whole');
  return passes && rows.every(({ manners }) => manners === 'naive')
    ? '; answered by the polite server it came whole'
    : '';
}
