import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs by what they hold, newest first: what transports cost, and what comes through. */
export interface Runs {
  readonly runs: readonly string[];
  readonly compat: readonly string[];
}

/** The folders in `resultsDir` that hold a run's records. Nothing where there is no such folder yet. */
export async function listRuns(resultsDir: string): Promise<Runs> {
  const [runs, compat] = await Promise.all([
    foldersWith(resultsDir, 'results.json'),
    foldersWith(resultsDir, 'compat.json'),
  ]);
  return { runs, compat };
}

async function foldersWith(resultsDir: string, file: string): Promise<readonly string[]> {
  const folders = await readdir(resultsDir, { withFileTypes: true }).catch(() => []);
  const names = await Promise.all(
    folders
      .filter((folder) => folder.isDirectory())
      .map(async ({ name }) =>
        access(join(resultsDir, name, file)).then(
          () => [name],
          () => [],
        ),
      ),
  );
  return names.flat().sort().reverse();
}
