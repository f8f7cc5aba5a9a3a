import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Results } from '../../web/results/schema.ts';
import { writeArtefacts } from './run-folder.ts';

/** Makes a run's table, images, summary and report anew from its raw records: `npm run bench:report -- FOLDER …`. */
const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error('Which runs? Name their folders: npm run bench:report -- results/reference');
  process.exitCode = 1;
}
for (const folder of folders) {
  const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results; // the bench's own file
  console.log(`${folder}: ${await writeArtefacts(folder, results)}`);
}
