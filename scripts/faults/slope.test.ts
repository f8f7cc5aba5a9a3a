import { expect, test } from 'vitest';
import { slopeOf } from './slope.ts';

/** Values that jump up and fall back, as a heap does between collections, on top of what `held` says. */
function heap(held: (at: number) => number) {
  return Array.from({ length: 400 }, (_, i) => ({ at: i / 10, value: held(i / 10) + ((i * 7) % 13) }));
}

test('what grows is told by how much, whatever is collected meanwhile', () => {
  const slope = slopeOf(
    heap((at) => 100 + 3 * at),
    1,
  );
  expect(slope?.median).toBeCloseTo(3, 1);
  expect(slope?.low).toBeGreaterThan(2.5);
});

test('what is level is level', () => {
  const slope = slopeOf(
    heap(() => 100),
    1,
  );
  expect(slope).toMatchObject({ median: 0, low: 0, high: 0 });
});

test('a series that is too short has no slope', () => {
  expect(slopeOf([], 1)).toBeUndefined();
  expect(slopeOf([{ at: 1, value: 1 }], 1)).toBeUndefined();
  expect(slopeOf(heap(() => 1).slice(0, 5), 1)).toBeUndefined();
});
