import { writeFile } from 'node:fs/promises';
import { bundle } from '../../bundle.ts';
import type { RunRecords } from '../run-folder.ts';

/** Writes the run's pages with its data in them as one file that needs no server and no other file. */
export async function writeReport(records: RunRecords, path: string): Promise<void> {
  const { script, style } = await bundle('results/report.tsx', 'es');
  const title = `Transport Lab: run ${(records.results ?? records.compat)?.run.name ?? ''}`;
  await writeFile(
    path,
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This report draws itself: it needs JavaScript. The same figures stand in summary.md and in the tables beside it.</noscript>
${dataScript('results', records.results)}${dataScript('compat', records.compat)}<script type="module">${escapeScript(script)}</script>
</body>
</html>
`,
  );
}

/** A part's records within the page; nothing where the run does not have it. */
function dataScript(id: string, data: unknown): string {
  if (data === undefined) return '';
  // JSON has no `\\!`: what would mean something to HTML is written as JSON writes any character.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="${id}">${json}</script>\n`;
}

/** Within a script element only its own end, and a comment's start, mean anything (HTML §4.12.1.3). */
function escapeScript(text: string): string {
  return text.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
