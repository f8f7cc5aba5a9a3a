/** The pages that show runs, by their names in the address. */
export type RunPage = 'results' | 'compatibility';

/** The fragment that leads to a run on a page: `#/results/reference`. */
export function runAddress(page: RunPage, run: string): string {
  return `#/${page}/${encodeURIComponent(run)}`;
}

/** The run that a fragment names on a page; undefined where it names none. */
export function runInAddress(page: RunPage, fragment: string): string | undefined {
  const run = new RegExp(`^#/${page}/([^?]+)`).exec(fragment)?.[1];
  return run === undefined ? undefined : decodeURIComponent(run);
}
