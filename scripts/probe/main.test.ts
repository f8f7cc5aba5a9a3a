import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseProbe } from '../../web/probe/file.ts';
import { startInProcess } from '../testing/in-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-probe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command line to its end. */
async function run(...flags: readonly string[]) {
  // A proxy of the caller's shell has nothing to do with it.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/_proxy$|^LAB_/i.test(name)),
  );
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/probe/main.ts', ...flags], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, out, err };
}

test('probes, tells what it found, and saves what can be loaded again', async () => {
  await using lab = await startInProcess(['--heartbeat-ms', '500']);
  const file = join(folder, 'probe.json');
  const flags = ['--transports', 'sse,websocket', '--manners', 'polite', '--silence', '2', '--save', file];
  const probed = await run(lab.url, ...flags);
  expect(probed).toMatchObject({ code: 0, out: expect.stringContaining('Nothing on the way interferes') });
  expect(probed.out).toMatch(/SSE .*polite .*whole .*25\/25/);
  expect(probed.out).not.toContain('Short poll');
  expect(probed.err).toContain('messages as they happen');
  const saved = parseProbe(await readFile(file, 'utf8'));
  expect(saved).toMatchObject({ url: lab.url, settings: { silenceMs: expect.closeTo(2000) } });

  const loaded = await run('--load', file);
  expect(loaded).toMatchObject({ code: 0, out: probed.out });
  const { out } = await run('--load', file, '--json');
  expect(JSON.parse(out)).toMatchObject({
    result: { url: lab.url },
    diagnoses: [{ id: 'clear' }],
    recommendation: { now: { transport: 'sse' } },
  });
}, 60_000);

test('where nobody is there it ends with 1 and says why', async () => {
  const { code, out } = await run('http://127.0.0.1:1');
  expect(code).toBe(1);
  expect(out).toContain('ECONNREFUSED');
});

describe('a command line that is wrong ends with 2 and names what is', () => {
  test.each([
    [[], /where the lab is was not said/],
    [['lab.test'], /lab\.test.*https:\/\/my\.host/],
    [['http://a.test/sub'], /leave out/],
    [['http://a.test', '--silence', '1'], /--silence.*1.*2 to 180/],
    [['http://a.test', '--transports', 'pigeon'], /pigeon.*short-poll/],
    [['http://a.test', '--manners', 'rude'], /rude.*polite, naive/],
    [['http://a.test', '--proxy', 'socks5://x'], /--proxy.*socks5/],
    [['http://a.test', '--what'], /--what/],
    [['http://a.test', '--load', 'x'], /one too many/],
    [['--load', 'no-such-file.json'], /no-such-file\.json cannot be read/],
  ] as const)('%o', async (flags, message) => {
    const { code, out, err } = await run(...flags);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  test('a file that is no probe', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, '{}');
    expect(await run('--load', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no saved probe'),
    });
  });
});

test('--help lists all flags', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const flag of [
    '--token',
    '--transports',
    '--manners',
    '--silence',
    '--proxy',
    '--insecure',
    '--save',
    '--load',
    '--json',
  ]) {
    expect(out).toContain(flag);
  }
});
