import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium } from './chromium.ts';

const name = process.platform === 'win32' ? 'chromium.exe' : 'chromium';
let folder: string;
let program: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-'));
  program = join(folder, name);
  writeFileSync(program, '');
  chmodSync(program, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a browser on the path is found', () => {
  expect(findChromium({ PATH: folder })).toBe(program);
});

test('CHROMIUM_PATH comes first', () => {
  expect(findChromium({ PATH: '', CHROMIUM_PATH: program })).toBe(program);
});

test('CHROMIUM_PATH that leads nowhere is an error that names it, not an absence', () => {
  const wrong = join(folder, 'missing');
  expect(() => findChromium({ PATH: folder, CHROMIUM_PATH: wrong })).toThrow(wrong);
});

test.skipIf(process.platform === 'darwin')('where there is none, none is found', () => {
  expect(findChromium({ PATH: '' })).toBeUndefined();
});
