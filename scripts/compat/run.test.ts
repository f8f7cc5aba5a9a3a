import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probesOf } from '../../web/compat/matrix.ts';
import type { Compat } from '../../web/compat/schema.ts';
import { HTTP_LANES } from '../../web/probe/lanes.ts';
import { saveCompat, writeArtefacts } from '../bench/run-folder.ts';
import { DEFAULT_SETTINGS, QUICK_TIME_SCALE } from './options.ts';
import { runCompat } from './run.ts';

const settings = {
  ...DEFAULT_SETTINGS,
  timeScale: QUICK_TIME_SCALE,
  host: 'node',
  environments: false,
} as const;
const quiet = { step: () => undefined, progress: () => undefined, notice: () => undefined };

test('a run fills its rows, keeps them as they come, and leaves a folder to read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-compat-'));
  try {
    const seen: number[] = [];
    const compat = await runCompat(
      { name: 'test', command: 'test', settings: { ...settings, paths: ['strip-upgrade', 'tls'] } },
      { ...quiet, keep: async ({ paths }) => void seen.push(paths.length) },
      new AbortController().signal,
    );
    expect(seen).toEqual([1, 2]);
    const outcomes = compat.paths.map(({ id, state }) => [
      id,
      state.state === 'ran' &&
        Object.values(probesOf(state)).map((probes) =>
          Object.fromEntries(
            probes.flatMap(({ rows }) => rows.map(({ transport, outcome }) => [transport, outcome])),
          ),
        ),
    ]);
    const whole = Object.fromEntries(HTTP_LANES.map((name) => [name, 'whole']));
    const refused = { ...whole, websocket: 'nothing', 'socketio-websocket': 'nothing' };
    expect(outcomes).toEqual([
      ['strip-upgrade', [refused, refused]],
      ['tls', [whole, whole]],
    ]);
    expect(compat.run).toMatchObject({ complete: true, timeScale: QUICK_TIME_SCALE, browser: null });
    expect(compat.support?.features.length).toBeGreaterThan(4);

    await saveCompat(folder, compat);
    await writeArtefacts(folder);
    const kept: Compat = JSON.parse(await readFile(join(folder, 'compat.json'), 'utf8'));
    // Times are rounded on their way.
    expect(kept.paths.map(({ id, state }) => [id, state.state])).toEqual(
      compat.paths.map(({ id, state }) => [id, state.state]),
    );
    expect(kept.support).toEqual(compat.support);
    expect(await readFile(join(folder, 'summary.md'), 'utf8')).toContain('| Upgrade removed |');
    const rows = (await readFile(join(folder, 'compat.csv'), 'utf8')).trim().split('\n');
    expect(rows.filter((row) => row.startsWith('strip-upgrade'))).toHaveLength(2 * HTTP_LANES.length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a run that is stopped ends at once, with the reason it was stopped for', async () => {
  const stopping = new AbortController();
  const running = runCompat(
    { name: 'test', command: 'test', settings: { ...settings, timeScale: 1, paths: ['tls'] } },
    {
      ...quiet,
      step: () => stopping.abort(new Error('enough')),
      keep: () => Promise.reject(new Error('There is nothing to keep.')),
    },
    stopping.signal,
  );
  await expect(running).rejects.toThrow('enough');
});
