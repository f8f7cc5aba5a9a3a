import { expect, test } from 'vitest';
import { slopePerConnection } from './memory.ts';

test('what a connection takes does not hold what the process takes anyway', () => {
  const readings = [1000, 3000, 5000].map((connections) => ({
    connections,
    cpuUs: 0,
    rssBytes: 70e6 + connections * 7500,
    heapBytes: 9e6 + connections * 2500,
  }));
  const { rss, heap } = slopePerConnection(readings);
  expect(rss).toBeCloseTo(7.5);
  expect(heap).toBeCloseTo(2.5);
});

test('a process without a heap of V8 has no figure for it', () => {
  const readings = [1, 2].map((connections) => ({ connections, cpuUs: 0, rssBytes: connections * 1000 }));
  expect(slopePerConnection(readings)).toEqual({ rss: 1 });
});
