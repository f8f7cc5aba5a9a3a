import { writeArtefacts } from './run-folder.ts';

/** Makes a run's tables, images, summary and report anew from its raw records: `npm run bench:report -- FOLDER …`. */
const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error('Which runs? Name their folders: npm run bench:report -- results/reference');
  process.exitCode = 1;
}
for (const folder of folders) {
  try {
    console.log(`${folder}: ${await writeArtefacts(folder)}`);
  } catch (error) {
    console.error(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
