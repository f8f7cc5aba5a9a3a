/** A window of a warm-up: ms. */
const WINDOW_MS = 80;

/** Code is compiled when so many windows in a row have not been cheaper than the cheapest before them by this share. */
const STEADY = { windows: 5, share: 0.05 } as const;

const AT_MOST_MS = 3000;

/**
 * Runs windows until they get no cheaper: what Node has not compiled yet costs ten times as much, and how long that
 * takes differs from server to server. `costOf` runs one and resolves to the processor time of each thing done.
 */
export async function warmUp(
  costOf: (forMs: number) => Promise<number>,
  atMostMs = AT_MOST_MS,
): Promise<void> {
  const deadline = performance.now() + atMostMs;
  let cheapest = Number.POSITIVE_INFINITY;
  for (let steady = 0; steady < STEADY.windows && performance.now() < deadline; ) {
    const cost = await costOf(WINDOW_MS);
    steady = cost < cheapest * (1 - STEADY.share) ? 0 : steady + 1;
    cheapest = Math.min(cheapest, cost);
  }
}
