import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Compat } from '../../web/compat/schema.ts';
import { createProgress } from '../bench/progress.ts';
import { saveCompat, writeArtefacts } from '../bench/run-folder.ts';
import { loadPaths } from './load-paths.ts';
import { readCompatOptions } from './options.ts';
import { runCompat } from './run.ts';

const RESULTS_DIR = fileURLToPath(new URL('../../results', import.meta.url));

const argv = process.argv.slice(2);
const { settings, out } = readCompatOptions(
  argv,
  (await loadPaths()).map(({ id }) => id),
);
const name = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
const folder = out ?? join(RESULTS_DIR, name);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort(new Error('stopped'));
    process.once(signal, () => process.exit(130));
  });
}

const progress = createProgress();
let kept: Compat | undefined;
const keep = async (compat: Compat): Promise<void> => {
  kept = compat;
  await saveCompat(folder, compat);
};
try {
  const command = ['npm run bench:compat --', ...argv].join(' ');
  await keep(await runCompat({ name, command, settings }, { ...progress, keep }, stopping.signal));
} catch (error) {
  if (!stopping.signal.aborted) throw error;
} finally {
  progress.end();
}

if (!kept) {
  console.log('Stopped before the first row was done: there is nothing to keep.');
} else {
  const headline = await writeArtefacts(folder);
  const shown = relative(process.cwd(), folder);
  console.log(kept.run.complete ? headline : `Stopped. What was done by then is kept. ${headline}`);
  console.log(
    `Read ${join(shown, 'report.html')} or ${join(shown, 'summary.md')}; the dashboard’s Compatibility page has it too.`,
  );
}
process.exitCode = kept?.run.complete ? 0 : 130;
