import { linearRegression } from 'simple-statistics';
import type { Stats } from '../../../server/wire.ts';
import type { TrialContext } from '../scenario.ts';

/** After the audience has grown, for what connecting has left behind to be over: ms. */
export const SETTLE_MS = 150;

/** The server at so many subscribers. */
export interface Size {
  readonly subscribers: number;
  readonly stats: Stats;
}

/** Lets an audience grow in even steps, and looks at the server at each size, the empty one included. */
export async function grow(
  { driver, step }: TrialContext,
  id: string,
  title: string,
  subscribers: number,
  sizes: number,
): Promise<readonly Size[]> {
  const seen: Size[] = [];
  for (let size = 0; size < sizes; size++) {
    const count = Math.round((subscribers * size) / (sizes - 1));
    step(`${title}: ${count} subscribers`);
    await driver.call('growTo', { id, count });
    // The size's own window: a poller's sockets and requests must have found their rhythm.
    const { after } = await driver.call('measure', { id, windowMs: SETTLE_MS });
    seen.push({ subscribers: count, stats: after });
  }
  return seen;
}

/** What memory grows by with each subscriber, by least squares: KB of 1,000 bytes. */
export function slopeKb(sizes: readonly Size[], bytesOf: (stats: Stats) => number): number {
  return linearRegression(sizes.map(({ subscribers, stats }) => [subscribers, bytesOf(stats) / 1000])).m;
}
