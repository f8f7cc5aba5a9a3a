import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeArtefacts } from './run-folder.ts';

const RESULTS_DIR = fileURLToPath(new URL('../../results', import.meta.url));

/** A run's name, which is when it began, and the folder it goes to. */
export function nameRun(startedAt: Date, out: string | undefined) {
  const name = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  return { name, folder: out ?? join(RESULTS_DIR, name) };
}

/** Aborts at Ctrl-C or SIGTERM, so that what was done can be kept; the second time the process ends at once. */
export function stopOnSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort(new Error('stopped'));
      process.once(signal, () => process.exit(130));
    });
  }
  return stopping.signal;
}

/** Makes all that is made of a run's records, and says where it is; `page` of the dashboard shows it too. */
export async function present(folder: string, complete: boolean, page: string): Promise<void> {
  const headline = await writeArtefacts(folder);
  const shown = relative(process.cwd(), folder);
  console.log(complete ? headline : `Stopped. What was done by then is kept. ${headline}`);
  console.log(
    `Read ${join(shown, 'report.html')} or ${join(shown, 'summary.md')}; the dashboard’s ${page} page has it too.`,
  );
}
