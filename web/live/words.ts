import { TRANSPORTS, type TransportInfo, type TransportName } from '../../server/wire.ts';
import type { ViewSettings } from './settings.ts';

const HOW: Record<TransportInfo['paced'], (view: ViewSettings) => string> = {
  interval: ({ intervalMs }) => `asks every ${plain(intervalMs)}`,
  hold: ({ holdMs }) => `is held up to ${plain(holdMs)}`,
  push: () => 'is sent each at once',
};

const OWN_HOLD = 'is held until a heartbeat';

/** How a transport comes by its messages, in a few words. */
export function howItWorks(name: TransportName, view: ViewSettings): string {
  const { paced, ownHold } = TRANSPORTS[name];
  return ownHold ? OWN_HOLD : HOW[paced](view);
}

/** A setting as it was set: 1 s, not 1.00 s. */
function plain(ms: number): string {
  return ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
}
