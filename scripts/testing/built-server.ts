import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { BUILT_SERVER } from './lab.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Before tests that start servers by the hundred: builds the server once, with all that it imports, which takes a third
 * of the time to start. Not where tests are run again as files change.
 */
export default async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (vitest.config.watch || process.env[BUILT_SERVER] !== undefined) return undefined;
  // Beside server/, since it looks for its pages from where it lies.
  const outDir = await mkdtemp(join(ROOT, '.built-'));
  const remove = (): Promise<void> => rm(outDir, { recursive: true });
  await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: 'server/main.ts',
      outDir,
      target: 'node20',
      rollupOptions: {
        // What is imported by pattern, with the tests beside it; and what ws does without.
        external: (id) => id.endsWith('.test.ts') || id === 'bufferutil' || id === 'utf-8-validate',
      },
    },
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  process.env[BUILT_SERVER] = join(outDir, 'main.js');
  return async () => {
    delete process.env[BUILT_SERVER];
    await remove();
  };
}
