import { readdir } from 'node:fs/promises';
import type { Path } from './path.ts';

/** A file of paths/, by its name. */
export interface LoadedPath {
  readonly id: string;
  readonly path: Path;
}

const FOLDER = new URL('./paths/', import.meta.url);

/** All paths there are: mechanisms first, each family by its names. Rejects where a file of the folder is none. */
export async function loadPaths(folder = FOLDER): Promise<readonly LoadedPath[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const loaded = await Promise.all(files.map((file) => loadPath(folder, file)));
  return loaded.sort((a, b) => inOrder(a.path.family, b.path.family) || inOrder(a.id, b.id));
}

async function loadPath(folder: URL, file: string): Promise<LoadedPath> {
  const module: { default?: unknown } = await import(new URL(file, folder).href);
  if (!isPath(module.default)) {
    throw new Error(`paths/${file} has no path for its default export: see scripts/compat/path.ts.`);
  }
  return { id: file.slice(0, -'.ts'.length), path: module.default };
}

/** That it is meant to be one; the compiler sees to the rest (`satisfies`). */
function isPath(value: unknown): value is Path {
  if (typeof value !== 'object' || value === null) return false;
  const { family, title, standsFor, start } = value as Partial<Path>; // every field is looked at below
  return (
    (family === 'mechanism' || family === 'product') &&
    typeof title === 'string' &&
    typeof standsFor === 'string' &&
    typeof start === 'function'
  );
}

/** By code unit: the same order whatever the machine's language. */
function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
