import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Before tests that open its pages: builds the dashboard where servers look for it. */
export default async function setup(): Promise<void> {
  const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'error' });
}
