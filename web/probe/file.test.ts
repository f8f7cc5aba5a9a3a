import { expect, test } from 'vitest';
import { parseProbe, serialise } from './file.ts';
import { probe } from './fixtures.ts';

test('what was saved is what is loaded', () => {
  const result = probe();
  expect(parseProbe(serialise(result))).toEqual(result);
});

test.each([
  ['no JSON', 'hello', /no JSON/],
  ['other JSON', '{"name":"x"}', /no saved probe/],
  ['a list', '[1]', /no saved probe/],
  ['another schema', JSON.stringify({ ...probe(), schema: 9 }), /schema 9; .* reads 1/],
  ['settings that are missing', JSON.stringify({ ...probe(), settings: {} }), /"settings"/],
  ['an address that is none', JSON.stringify({ ...probe(), url: 'x' }), /"url"/],
  [
    'a transport that there is not',
    JSON.stringify({ ...probe(), rows: probe().rows.map((row) => ({ ...row, transport: 'gopher' })) }),
    /"rows"/,
  ],
  ['rows of another kind', JSON.stringify({ ...probe(), rows: [{ transport: 'sse' }] }), /"rows"/],
])('%s is refused in words', (_, text, message) => {
  expect(() => parseProbe(text)).toThrow(message);
});
