import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { loadPaths } from './load-paths.ts';

test('every file of the folder is a path, mechanisms first, by their names', async () => {
  const paths = await loadPaths();
  const keys = paths.map(({ id, path }) => `${path.family} ${id}`);
  expect(keys).toEqual([...keys].sort());
  expect(keys).toContain('mechanism strip-upgrade');
  expect(keys).toContain('mechanism http-1.0');
  for (const { path } of paths) {
    expect(path.title).toMatch(/\S/);
    expect(path.standsFor).toMatch(/\.\)?$/);
    if (path.family === 'mechanism') expect(path.recognisedAs.length).toBeGreaterThan(0);
    else expect(path.command).toMatch(/\S/);
  }
});

test('a file that is no path is an error that names it; a test beside it is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-paths-'));
  const url = pathToFileURL(`${folder}/`);
  try {
    await writeFile(join(folder, 'some.test.ts'), 'throw new Error("nobody is to load this");');
    expect(await loadPaths(url)).toEqual([]);
    await writeFile(join(folder, 'half-done.ts'), 'export default { family: "mechanism", title: "Half" };');
    await expect(loadPaths(url)).rejects.toThrow('half-done.ts');
  } finally {
    await rm(folder, { recursive: true });
  }
});
