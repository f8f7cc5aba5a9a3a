import { TRANSPORTS, type TransportName, type Workload } from '../../server/wire.ts';
import { type Prediction, predict } from '../model.ts';
import type { ViewSettings } from './settings.ts';

/** What the model is given. None of it comes from the latencies that it is compared with. */
export interface Basis {
  /** The shortest round trip to the server: the path without queues, ms. */
  readonly shortestRoundTripMs: number;
  /** What a request that is not held takes at the moment, ms. */
  readonly roundTripMs: number;
  /** How late the server's publisher has been of late, on the mean: ms. */
  readonly publisherLagMs: number;
}

/** From when a message is due to when it could be here at the earliest, ms. */
export function baseMs({ shortestRoundTripMs, publisherLagMs }: Basis): number {
  return shortestRoundTripMs / 2 + publisherLagMs;
}

/**
 * What theory expects of a transport here and now (METHOD, model): d + s is half the shortest round trip and the
 * publisher's lag; the gap between two held requests is what a request takes at the moment and what the page takes
 * to ask again.
 */
export function expectation(
  name: TransportName,
  basis: Basis,
  workload: Workload,
  view: ViewSettings,
  turnaroundMs: number | undefined,
): Prediction | undefined {
  if (workload.ratePerSecond === 0) return undefined;
  const { paced, ownHold } = TRANSPORTS[name];
  return predict(paced, {
    ratePerSecond: workload.ratePerSecond,
    baseMs: baseMs(basis),
    fanOutMs: 0,
    cycleMs: view.intervalMs,
    cycleVariation: 0,
    reconnectMs: basis.roundTripMs + (turnaroundMs ?? 0),
    // A heartbeat is rare beside what ends a hold otherwise: messages.
    holdMs: ownHold ? Number.POSITIVE_INFINITY : view.holdMs,
  });
}
