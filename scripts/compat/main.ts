import type { Compat } from '../../web/compat/schema.ts';
import { nameRun, present, stopOnSignal } from '../bench/command.ts';
import { createProgress } from '../bench/progress.ts';
import { saveCompat } from '../bench/run-folder.ts';
import { loadPaths } from './load-paths.ts';
import { readCompatOptions } from './options.ts';
import { runCompat } from './run.ts';

const argv = process.argv.slice(2);
const { settings, out } = readCompatOptions(
  argv,
  (await loadPaths()).map(({ id }) => id),
);
const { name, folder } = nameRun(new Date(), out);

const stopping = stopOnSignal();
const progress = createProgress();
let kept: Compat | undefined;
const keep = async (compat: Compat): Promise<void> => {
  kept = compat;
  await saveCompat(folder, compat);
};
try {
  const command = ['npm run bench:compat --', ...argv].join(' ');
  await keep(await runCompat({ name, command, settings }, { ...progress, keep }, stopping));
} catch (error) {
  if (!stopping.aborted) throw error;
} finally {
  progress.end();
}

if (!kept) {
  console.log('Stopped before the first row was done: there is nothing to keep.');
} else {
  await present(folder, kept.run.complete, 'Compatibility');
}
process.exitCode = kept?.run.complete ? 0 : 130;
