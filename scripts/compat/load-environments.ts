import { readdir } from 'node:fs/promises';
import type { Environment } from './environment.ts';

/** An environment by the name of its file. */
export interface NamedEnvironment {
  readonly id: string;
  readonly environment: Environment;
}

const FOLDER = new URL('./environments/', import.meta.url);

/** All environments, in the order of their files' names, which is that of their groups. */
export async function loadEnvironments(): Promise<readonly NamedEnvironment[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return Promise.all(
    files.sort().map(async (file) => {
      const module: { default: Environment } = await import(new URL(file, FOLDER).href);
      return { id: file.replace(/\.ts$/, ''), environment: module.default };
    }),
  );
}
