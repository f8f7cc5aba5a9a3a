import type { ClockReading } from '../../server/wire.ts';
import { type FetchInit, type JsonResponse, problemFrom } from './client.ts';

const ROUND_TRIPS = 9;

/**
 * What is to be added to the local clock to have the server's, ms; wrong by at most half the shortest of
 * several round trips to `GET /api/clock`, `errorMs`.
 */
export async function measureClockOffset(
  baseUrl: string,
  fetch: (url: string, init: FetchInit) => Promise<JsonResponse>,
  localNow: () => number,
  signal: AbortSignal,
): Promise<{ readonly offsetMs: number; readonly errorMs: number }> {
  let best = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const sent = localNow();
    const response = await fetch(new URL('/api/clock', baseUrl).href, { signal });
    const received = localNow();
    if (!response.ok) throw await problemFrom(response);
    const { at } = (await response.json()) as ClockReading; // the wire's promise (server/wire.ts)
    const errorMs = (received - sent) / 2;
    if (errorMs < best.errorMs) best = { offsetMs: at - (sent + received) / 2, errorMs };
  }
  return best;
}
