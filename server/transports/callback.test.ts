import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { scriptCall, scriptJson } from './callback.ts';

/** What the script hands over, in the words of JSON. */
function run(script: string): string[] {
  const calls: string[] = [];
  runInNewContext(script, { receive: (value: unknown) => calls.push(JSON.stringify(value)) });
  return calls;
}

/** What breaks out of scripts, and pieces of it. */
const PIECES = [
  '</script>',
  '</ScRiPt ',
  '<!--',
  '<script>',
  '-->',
  ']]>',
  '<',
  '/',
  '\u2028',
  '\u2029',
  '\\',
  '"',
  "'",
  '`$',
  '{alert(1)}`',
  '*/',
  '//',
  '\n',
  '\r\n',
  '\0',
  '\ud800',
  '\udc00',
  '"__proto__":',
  '__proto__',
  '\\"__proto__":',
  'constructor',
  ');alert(1);(',
  '\ufeff',
];

/** A small generator of numbers from 0 to 1, the same ones each time. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomValue(random: () => number, depth = 0): unknown {
  const kind = random();
  if (depth < 3 && kind < 0.2)
    return Array.from({ length: random() * 4 }, () => randomValue(random, depth + 1));
  if (depth < 3 && kind < 0.5) {
    const entries = Array.from({ length: random() * 4 }, () => [
      randomText(random),
      randomValue(random, depth + 1),
    ]);
    return Object.fromEntries(entries); // defines even `__proto__` as a key of its own
  }
  if (kind < 0.6) return [null, true, 0, -1.5e-9, 2 ** 53][Math.floor(random() * 5)];
  return randomText(random);
}

function randomText(random: () => number): string {
  return Array.from({ length: random() * 5 }, () => PIECES[Math.floor(random() * PIECES.length)]).join('');
}

describe('JSON in a script', () => {
  test('nothing breaks out of it, and everything arrives as it was', () => {
    const random = createRandom(1);
    for (let i = 0; i < 3000; i++) {
      const json = JSON.stringify(randomValue(random));
      const script = scriptCall('receive', json);
      expect(script).not.toMatch(/[<\u2028\u2029\n\r]/);
      expect(run(script)).toEqual([json]);
    }
  });

  test.each([
    '{"__proto__":{"polluted":true}}',
    '[{"a":"\\\\","__proto__":1},{"__proto__":{"__proto__":[]}}]',
    '{"x\\"__proto__":1}',
    '{"a":"\\"__proto__\\":"}',
  ])('%s has the keys that it has', (json) => {
    expect(run(scriptCall('receive', json))).toEqual([json]);
  });

  test('is as it was where there is no trouble in it', () => {
    const json = '{"seq":1,"at":2.5,"type":"tick","data":{"a":["漢字 > &"]}}';
    expect(scriptJson(json)).toBe(json);
  });
});
