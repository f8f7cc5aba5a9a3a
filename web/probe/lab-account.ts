import type { ProbeSightings, ProbeStarted, Stats, TransportName } from '../../server/wire.ts';
import { type Control, persist, withinTime } from './control.ts';
import type { RowTraffic } from './schema.ts';
import { dueTimes, type ProbeSettings } from './settings.ts';

/** What the start of a probe may take, and a question at its end, first and once more: ms. */
const START_MS = 5000;
const QUESTION_MS = [2000, 4000] as const;

/** A probe that the lab has begun. */
export interface Begun {
  readonly started: ProbeStarted;
  /** When it was asked for this one, by the caller's clock: ms. */
  readonly askedMs: number;
}

/** Has the lab begin. Rejects where it refuses, or cannot be had to answer. */
export function askToStart(
  control: Control,
  settings: ProbeSettings,
  now: () => number,
  signal: AbortSignal,
): Promise<Begun> {
  const plan = { dueMs: dueTimes(settings) };
  return persist(async () => {
    const askedMs = now();
    const answer = await withinTime(START_MS, () => control('POST', '/api/probes', plan), signal);
    return { started: parseStarted(answer), askedMs };
  }, signal);
}

/** What the lab itself saw of a probe; null where it does not tell. */
interface LabAccount {
  readonly seen: ProbeSightings | null;
  /** In the order of the rows that were asked about. */
  readonly traffic: readonly (RowTraffic | null)[];
}

/** Asks the lab what it saw of its rows, `label` being what each calls itself. Never rejects. */
export async function askForAccount(
  control: Control,
  topic: string,
  rows: readonly { readonly transport: TransportName; readonly label: string }[],
  signal: AbortSignal,
): Promise<LabAccount> {
  const ask = async (path: string): Promise<unknown> => {
    for (const ms of QUESTION_MS) {
      const answer = await withinTime(ms, () => control('GET', path), signal).catch(() => null);
      if (answer !== null || signal.aborted) return answer;
    }
    return null;
  };
  const seen = parseSightings(await ask(`/api/probes/${topic}`));
  const traffic = await Promise.all(
    rows.map(async ({ transport, label }) => trafficOf(await ask(`/api/stats?client=${label}`), transport)),
  );
  return { seen, traffic };
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
