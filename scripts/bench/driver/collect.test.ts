import { expect, test } from 'vitest';
import { startLab } from '../../testing/lab.ts';
import { COLLECTABLE, collect, heldBytes } from './collect.ts';
import { openControl } from './control.ts';

const MEGABYTE = 1_000_000;

test('what a server has let go of is no longer held after a collection', async () => {
  await using lab = await startLab(['--log-messages', '10', '--max-publish-rate', '0'], {
    environment: COLLECTABLE,
  });
  const control = await openControl(lab.url);
  const before = await heldBytes(lab, control);
  await control.publish('lab', 200, 100_000);
  // The log holds the last ten: a megabyte of the twenty.
  expect((await heldBytes(lab, control)) - before).toBeLessThan(5 * MEGABYTE);
  await control.close();
});

test('a server that was not started for it is an error in words', async () => {
  await using lab = await startLab();
  await expect(collect(lab)).rejects.toThrow(/listens for no inspector.*Transport Lab is at/s);
});
