import { expect, test } from 'vitest';
import { runFuzz } from './fuzz.ts';

/** `npm run fuzz` sends more. */
const COUNT = 2000;

test('whatever is sent, nothing fails within the server, and those who behave miss nothing', {
  timeout: 120_000,
}, async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  console.log(`npm run fuzz -- --inputs ${COUNT} --seed ${seed} sends the same again.`);
  const { published, read, failures, connections } = await runFuzz({ count: COUNT, seed });
  expect(published).toHaveLength(COUNT / 100);
  for (const data of Object.values(read)) expect(data).toEqual(published);
  expect(failures).toEqual([]);
  expect(connections).toBe(1);
});
