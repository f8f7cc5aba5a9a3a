import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';

const WEB = fileURLToPath(new URL('../web', import.meta.url));

/** A file of web/ with all that it imports as one script and one style sheet (empty where it has none). */
export async function bundle(
  entry: string,
  format: 'es' | 'iife',
): Promise<{ readonly script: string; readonly style: string }> {
  const output = await build({
    root: WEB,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: {
        input: fileURLToPath(new URL(`../web/${entry}`, import.meta.url)),
        output: { format, codeSplitting: false },
      },
    },
  });
  const files = (Array.isArray(output) ? output : [output]).flatMap((one) =>
    'output' in one ? one.output : [],
  );
  const script = files.find((file): file is Rollup.OutputChunk => file.type === 'chunk' && file.isEntry);
  const style = files.find((file): file is Rollup.OutputAsset => file.fileName.endsWith('.css'));
  if (!script) throw new Error(`web/${entry} could not be built.`);
  return { script: script.code, style: String(style?.source ?? '') };
}
