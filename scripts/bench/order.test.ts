import { expect, test } from 'vitest';
import { blockOrder } from './order.ts';

function squareOf(count: number): readonly (readonly number[])[] {
  const blocks = count % 2 === 0 ? count : 2 * count;
  return Array.from({ length: blocks }, (_, block) => blockOrder(count, block));
}

test.each([2, 3, 4, 5, 6, 7])('of %i subjects each stands in each place equally often', (count) => {
  const square = squareOf(count);
  for (let place = 0; place < count; place++) {
    const here = square.map((row) => row[place]).sort();
    const times = square.length / count;
    expect(here).toEqual(Array.from({ length: square.length }, (_, i) => Math.floor(i / times)));
  }
});

test.each([2, 3, 4, 5, 6, 7])('of %i subjects each follows each other equally often', (count) => {
  const square = squareOf(count);
  const follows = new Map<string, number>();
  for (const row of square) {
    for (let place = 1; place < count; place++) {
      const pair = `${row[place - 1]} ${row[place]}`;
      follows.set(pair, (follows.get(pair) ?? 0) + 1);
    }
  }
  expect(follows.size).toBe(count * (count - 1));
  expect(new Set(follows.values())).toEqual(new Set([square.length / count]));
});
