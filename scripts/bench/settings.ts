import type { TransportName } from '../../server/wire.ts';

/** What a run is to measure. Lists that are undefined are the scenario's own choice. */
export interface Settings {
  /** True where there are fewer blocks than a claim needs. */
  readonly quick: boolean;
  /** True where windows are to be shorter as well. */
  readonly short: boolean;
  readonly blocks: number;
  readonly seed: number;
  readonly transports: readonly TransportName[] | undefined;
  readonly clients: readonly number[] | undefined;
  readonly ratesPerSecond: readonly number[] | undefined;
  readonly intervalsMs: readonly number[] | undefined;
  readonly payloadBytes: number;
}

/** A claim wants as many blocks (METHOD rule 4); a run with fewer is marked quick and makes none. */
export const CLAIM_BLOCKS = 8;

/** Code is compiled and caches are filled before anything counts: ms. */
export const WARM_UP_MS = 2000;

/** How long the bench's long polls may be held: longer than any window. */
export const HOLD_MS = 25_000;
