import type { TransportName } from '../../server/wire.ts';
import type { Settings } from '../bench/settings.ts';

/** What a quick run of one block is set to. */
export function quickSettings(transports?: readonly TransportName[]): Settings {
  return {
    quick: true,
    short: true,
    blocks: 1,
    seed: 1,
    transports,
    clients: undefined,
    ratesPerSecond: undefined,
    intervalsMs: undefined,
    payloadBytes: 120,
  };
}
