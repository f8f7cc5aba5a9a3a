import { TRANSPORTS, type TransportName, type Workload } from '../../server/wire.ts';
import { type Prediction, predict } from '../model.ts';
import type { ViewSettings } from './settings.ts';

/** What the model is given. None of it comes from the latencies that it is compared with. */
export interface Basis {
  /** The shortest round trip to the server, ms. */
  readonly roundTripMs: number;
  /** How late the server's publisher has been of late, on the mean: ms. */
  readonly publisherLagMs: number;
}

/**
 * What theory expects of a transport here and now. The base is half the shortest round trip (d + s) and the
 * publisher's lag; the gap between two held requests is a round trip and what the page takes to ask again.
 */
export function expectation(
  name: TransportName,
  basis: Basis,
  workload: Workload,
  view: ViewSettings,
  turnaroundMs: number | undefined,
): Prediction | undefined {
  if (workload.ratePerSecond === 0) return undefined;
  return predict(TRANSPORTS[name].paced, {
    ratePerSecond: workload.ratePerSecond,
    baseMs: basis.roundTripMs / 2 + basis.publisherLagMs,
    fanOutMs: 0,
    cycleMs: view.intervalMs,
    cycleVariation: 0,
    reconnectMs: basis.roundTripMs + (turnaroundMs ?? 0),
    holdMs: view.holdMs,
  });
}
