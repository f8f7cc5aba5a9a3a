import { expect, test } from 'vitest';
import type { WindowRecord } from '../driver/audience.ts';
import { measurementsOf } from './slow-trial.ts';

const STATS = {
  process: { eventLoopActiveMs: 0, eventLoopIdleMs: 0 },
  workload: { published: 0, lagSumMs: 0 },
};
const AFTER = {
  process: { eventLoopActiveMs: 25, eventLoopIdleMs: 75 },
  workload: { published: 10, lagSumMs: 5 },
};

function keptOf(p99: number, heldBytes: number) {
  const record = {
    ...{ before: STATS, after: AFTER, quantilesMs: { p50: 1, p90: 2, p99 } },
    host: { durationMs: 1000, driverUtilisation: 0.3 },
  } as WindowRecord; // what a trial's figures are made of, and no more
  return { record, heldBytes };
}

test('what the server holds more is told beside slow ones, and what they missed', () => {
  const [alone, beside] = measurementsOf('sse', keptOf(5, 28e6), keptOf(6, 30e6), 700);
  expect(alone).toMatchObject({
    lane: 'sse',
    cells: ['alone'],
    values: { p50: 1, p90: 2, p99: 5, held: 28 },
  });
  expect(beside).toMatchObject({
    ...{ lane: 'sse', cells: ['beside'] },
    values: { p50: 1, p90: 2, p99: 6, held: 30, growth: 2, missed: 700 },
    health: { driverUtilisation: 0.3, serverUtilisation: 0.25, publisherLagMs: 0.5 },
  });
  expect(alone?.values).not.toHaveProperty('growth');
  expect(alone?.values).not.toHaveProperty('missed');
});
