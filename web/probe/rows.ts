import type { Manners, ProbeStarted, TransportName } from '../../server/wire.ts';
import type { Env } from '../clients/client.ts';
import { subscribe } from '../clients/subscribe.ts';
import { createRowRecorder, type ProbeClock, type RowRecorder } from './row-recorder.ts';
import type { ProbeRow } from './schema.ts';
import { dueTimes, type ProbeSettings } from './settings.ts';

/** One transport with one server's manners, under way. */
export interface Row {
  readonly transport: TransportName;
  readonly manners: Manners;
  /** By which the server tells its traffic. */
  readonly label: string;
  readonly recorder: RowRecorder;
}

/** The rows of a probe, not yet subscribed. Their labels are no other probe's. */
export function createRows(settings: ProbeSettings, env: Env, clock: ProbeClock): readonly Row[] {
  const nonce = Math.floor(env.random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  return combinations(settings).map(({ transport, manners }) => ({
    transport,
    manners,
    label: `probe-${nonce}-${transport}-${manners.slice(0, 1)}`,
    recorder: createRowRecorder(transport, env, clock),
  }));
}

/** Reads one row's subscription until it is told to end; never rejects. */
export async function followRow(
  { transport, manners, label, recorder }: Row,
  { topic, cursor }: ProbeStarted,
  baseUrl: string,
  { timeScale, intervalMs, holdMs }: ProbeSettings,
  signal: AbortSignal,
): Promise<void> {
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

/** The rows of a probe that the lab could not be asked for. */
export function rowsNeverBegun(settings: ProbeSettings, reason: string): readonly ProbeRow[] {
  return combinations(settings).map(({ transport, manners }) => ({
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
  }));
}

function combinations({ transports, manners }: ProbeSettings) {
  return manners.flatMap((one) => transports.map((transport) => ({ transport, manners: one })));
}
