import { expect, test } from 'vitest';
import { compatMatrix } from './matrix.ts';
import { samplePath } from './testing/sample.ts';
import { weightedOrders } from './weights.ts';

const both = (pattern: string) => ({ polite: pattern, naive: pattern });
const rowsOf = (...patterns: readonly string[]) =>
  compatMatrix({ paths: patterns.map((pattern, at) => samplePath(`p${at}`, both(pattern))) }).rows;
const delivered = (rows: ReturnType<typeof rowsOf>, seed = 1) =>
  weightedOrders(rows, 4000, seed).find(
    ({ score, manners }) => score === 'delivered' && manners === 'naive',
  )!;

test('what never loses is never behind, whatever the weights', () => {
  const { orders, folkShare, pairs } = delivered(rowsOf('wwwn', 'wwnn', 'wwww'));
  expect(orders).toEqual([{ order: 'short poll = long poll > SSE > WebSocket', share: 1 }]);
  expect(folkShare).toBe(1);
  expect(pairs.find(({ pair }) => pair.better === 'short-poll' && pair.worse === 'long-poll')).toMatchObject({
    ahead: 0,
    behind: 0,
  });
});

test('one row against one comes out either way half of the time, two against one in three of four', () => {
  const sseFirst = (rows: ReturnType<typeof rowsOf>) =>
    delivered(rows).pairs.find(({ pair }) => pair.better === 'sse')!.ahead;
  expect(sseFirst(rowsOf('wwwn', 'wwnw'))).toBeCloseTo(0.5, 1);
  // P(w1 + w2 > w3) of a flat Dirichlet is 1 − (1/2)².
  expect(sseFirst(rowsOf('wwwn', 'wwwn', 'wwnw'))).toBeCloseTo(0.75, 1);
});

test('the same seed draws the same weights, another one others', () => {
  const rows = rowsOf('wwwn', 'wwnw', 'nwww');
  expect(delivered(rows)).toEqual(delivered(rows));
  expect(delivered(rows, 2).orders).not.toEqual(delivered(rows).orders);
});

test('shares of orders and of pairs add up', () => {
  const { orders, pairs, folkShare } = delivered(rowsOf('wwwn', 'wwnw', 'nwww'));
  expect(orders.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  for (const { ahead, behind } of pairs) expect(ahead + behind).toBeLessThanOrEqual(1);
  expect(folkShare).toBeLessThan(0.5);
});

test('families are weighed apart', () => {
  const shipped = { family: 'product', variant: 'as shipped', role: 'reverse proxy', title: 'p' } as const;
  const { rows } = compatMatrix({
    paths: [samplePath('m', both('wwwn')), samplePath('p', both('wwnw'), shipped)],
  });
  const orders = weightedOrders(rows, 10).map(({ family, orders }) => `${family}: ${orders[0]?.order}`);
  expect(new Set(orders)).toEqual(
    new Set([
      'as shipped: short poll = long poll = WebSocket > SSE',
      'mechanism: short poll = long poll = SSE > WebSocket',
    ]),
  );
});
