import type { Stats } from '../../../server/wire.ts';
import { delay } from '../driver/audience.ts';
import type { Control } from '../driver/control.ts';

/** How often a server is looked at: ms. */
const SAMPLE_MS = 100;
/** A label that no traffic has: only what the process says of itself is wanted. */
export const WATCH = 'watch';

/** Looks at a server again and again until `signal` aborts, and once more. One that is not there is not looked at. */
export async function watch(control: Control, signal: AbortSignal): Promise<readonly Stats[]> {
  const samples: Stats[] = [];
  const look = async (): Promise<void> => {
    const stats = await control.stats(WATCH).catch(() => undefined);
    if (stats) samples.push(stats);
  };
  while (!signal.aborted) {
    await look();
    await delay(SAMPLE_MS);
  }
  await look();
  return samples;
}
