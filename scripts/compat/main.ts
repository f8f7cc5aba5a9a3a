import type { Compat } from '../../web/compat/schema.ts';
import { nameRun, present, presentNothing, runToEnd } from '../bench/command.ts';
import { saveCompat } from '../bench/run-folder.ts';
import { loadPaths } from './load-paths.ts';
import { readCompatOptions } from './options.ts';
import { runCompat } from './run.ts';

const argv = process.argv.slice(2);
const { settings, out } = readCompatOptions(
  argv,
  (await loadPaths()).map(({ id }) => id),
);
const run = nameRun('bench:compat', argv, out);

let kept: Compat | undefined;
const keep = async (compat: Compat): Promise<void> => {
  kept = compat;
  await saveCompat(run.folder, compat);
};
const complete = await runToEnd(async (progress, stopping) => {
  const { name, command } = run;
  await keep(await runCompat({ name, command, settings }, { ...progress, keep }, stopping));
});

if (!kept) presentNothing('row');
else await present(run, complete, 'Compatibility');
