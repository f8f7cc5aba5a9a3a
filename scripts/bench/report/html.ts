import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import type { RunRecords } from '../run-folder.ts';

const WEB = fileURLToPath(new URL('../../../web', import.meta.url));

/** Writes the run's pages with its data in them as one file that needs no server and no other file. */
export async function writeReport(records: RunRecords, path: string): Promise<void> {
  const { script, style } = await bundle();
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
  return `<script type="application/json" id="${id}">${escapeScript(JSON.stringify(data))}</script>\n`;
}

/** The page's own code as one script and one style sheet. */
async function bundle(): Promise<{ script: string; style: string }> {
  const output = await build({
    root: WEB,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input: fileURLToPath(new URL('../../../web/results/report.tsx', import.meta.url)) },
    },
  });
  const files = (Array.isArray(output) ? output : [output]).flatMap((one) =>
    'output' in one ? one.output : [],
  );
  const script = files.find((file): file is Rollup.OutputChunk => file.type === 'chunk' && file.isEntry);
  const style = files.find((file): file is Rollup.OutputAsset => file.fileName.endsWith('.css'));
  if (!script) throw new Error('The report’s code could not be built.');
  return { script: script.code, style: String(style?.source ?? '') };
}

/** Within a script element only its own end, and a comment's start, mean anything (HTML §4.12.1.3). */
function escapeScript(text: string): string {
  return text.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
