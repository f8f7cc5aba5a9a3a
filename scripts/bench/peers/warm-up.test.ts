import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { warmUp } from './warm-up.ts';

test('windows are run until five in a row are no cheaper', async () => {
  const costs = [400, 350, 360, 100, 50, 49, 80, 51, 48, 49, 10, 10, 10];
  let windows = 0;
  await warmUp(async () => costs[windows++] ?? 0);
  expect(windows).toBe(10);
});

test('what never gets steady ends all the same', async () => {
  let cost = 1e9;
  await warmUp(
    async () => {
      await sleep(1);
      cost /= 2;
      return cost;
    },
    { atMostMs: 30 },
  );
  expect(cost).toBeGreaterThan(0);
});

test('what looks steady at once is run for as long as was asked', async () => {
  const begunMs = performance.now();
  await warmUp(() => sleep(2, 1), { atLeastMs: 50 });
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(50);
});
