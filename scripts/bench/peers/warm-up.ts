/** A window of a warm-up: ms. */
const WINDOW_MS = 80;

/** Code is compiled when so many windows in a row have not been cheaper than the cheapest before them by this share. */
const STEADY = { windows: 5, share: 0.05 } as const;

/** How long a warm-up takes, whatever the costs. */
export interface WarmUpBounds {
  readonly atLeastMs?: number;
  readonly atMostMs?: number;
}

/**
 * Of polls: each runs through more code than a delivery to a stream, and is compiled in steps of thousands, with times
 * between them in which nothing gets cheaper.
 */
export const POLLS_WARM_UP: WarmUpBounds = { atLeastMs: 1500 };

/**
 * Runs windows until they get no cheaper: what Node has not compiled yet costs ten times as much, and how long that
 * takes differs from server to server. `costOf` runs one and resolves to the processor time of each thing done.
 */
export async function warmUp(
  costOf: (forMs: number) => Promise<number>,
  { atLeastMs = 0, atMostMs = 3000 }: WarmUpBounds = {},
): Promise<void> {
  const begunMs = performance.now();
  const elapsedMs = (): number => performance.now() - begunMs;
  let cheapest = Number.POSITIVE_INFINITY;
  for (let steady = 0; (steady < STEADY.windows || elapsedMs() < atLeastMs) && elapsedMs() < atMostMs; ) {
    const cost = await costOf(WINDOW_MS);
    steady = cost < cheapest * (1 - STEADY.share) ? 0 : steady + 1;
    cheapest = Math.min(cheapest, cost);
  }
}
