import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listRuns } from './runs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-runs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(run: string, ...files: readonly string[]): Promise<void> {
  await mkdir(join(folder, run));
  for (const file of files) await writeFile(join(folder, run, file), '{}');
}

test('a folder counts by the records it holds, the newest first; one without any, and a file, do not', async () => {
  await put('2026-01-01', 'results.json');
  await put('2026-01-02', 'compat.json');
  await put('2026-01-03', 'results.json', 'compat.json');
  await put('2026-01-04', 'summary.md');
  await writeFile(join(folder, 'results.json'), '{}');
  expect(await listRuns(folder)).toEqual({
    runs: ['2026-01-03', '2026-01-01'],
    compat: ['2026-01-03', '2026-01-02'],
  });
});

test('where nothing has been run yet there is no run', async () => {
  expect(await listRuns(join(folder, 'nowhere'))).toEqual({ runs: [], compat: [] });
});
