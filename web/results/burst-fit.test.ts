import { expect, test } from 'vitest';
import { costAt, fitBurst } from './burst-fit.ts';

const BURSTS = [1, 2, 4.5, 16, 64];

test('a line is found where the points lie on it', () => {
  const line = { perWrite: 8.9, perMessage: 0.08 };
  const fit = fitBurst(BURSTS.map((burst) => ({ burst, cost: costAt(line, burst) })));
  expect(fit?.perWrite).toBeCloseTo(8.9, 9);
  expect(fit?.perMessage).toBeCloseTo(0.08, 9);
  expect(fit?.error).toBeCloseTo(0, 9);
});

test('a small cost counts as much as a large one', () => {
  // The same 10 % to either side, at both ends of a line on which costs lie decades apart.
  const line = { perWrite: 10, perMessage: 0.01 };
  const at = (burst: number, factor: number) => ({ burst, cost: costAt(line, burst) * factor });
  const fit = fitBurst([at(1, 1.1), at(1, 1 / 1.1), at(1000, 1.1), at(1000, 1 / 1.1)]);
  expect(fit?.perWrite).toBeGreaterThan(9.8);
  expect(fit?.perWrite).toBeLessThan(10.1);
  expect(fit?.perMessage).toBeGreaterThan(0.0098);
  expect(fit?.perMessage).toBeLessThan(0.0101);
  expect(fit?.error).toBeGreaterThan(0.09);
  expect(fit?.error).toBeLessThan(0.1);
});

test('no part of a cost is less than nothing', () => {
  const falling = fitBurst(BURSTS.map((burst) => ({ burst, cost: 5 / burst ** 1.2 })));
  expect(falling?.perMessage).toBe(0);
  expect(falling?.perWrite).toBeGreaterThan(2);
  const rising = fitBurst(BURSTS.map((burst) => ({ burst, cost: 3 + burst / 64 })));
  expect(rising?.perWrite).toBe(0);
  expect(rising?.perMessage).toBeGreaterThan(3);
});

test('one burst is no line', () => {
  expect(fitBurst([])).toBeUndefined();
  expect(
    fitBurst([
      { burst: 4, cost: 1 },
      { burst: 4, cost: 2 },
    ]),
  ).toBeUndefined();
});
