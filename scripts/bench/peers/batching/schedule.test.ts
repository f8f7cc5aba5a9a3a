import { expect, test } from 'vitest';
import { dueTimes, phases } from './schedule.ts';

test('messages are due at random, as many as the rate says, the same for the same seed', () => {
  const times = dueTimes(400, 10_000, 7);
  // Of a Poisson process with 4000 expected, within five standard deviations.
  expect(Math.abs(times.length - 4000)).toBeLessThan(5 * Math.sqrt(4000));
  expect(times.every((time, i) => time > (times[i - 1] ?? 0) && time < 10_000)).toBe(true);
  // Gaps of such a process vary as much as they are long.
  const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  expect(dueTimes(400, 10_000, 7)).toEqual(times);
  expect(dueTimes(400, 10_000, 8)).not.toEqual(times);
});

test('phases are spread over the interval, the same for the same seed', () => {
  const starts = phases(200, 20, 7);
  expect(starts).toHaveLength(200);
  for (const quarter of [0, 1, 2, 3]) {
    const within = starts.filter((start) => start >= 5 * quarter && start < 5 * (quarter + 1));
    expect(within.length).toBeGreaterThan(25);
  }
  expect(phases(200, 20, 7)).toEqual(starts);
  expect(phases(200, 20, 8)).not.toEqual(starts);
});
