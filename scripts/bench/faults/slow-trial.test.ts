import { expect, test } from 'vitest';
import type { WindowRecord } from '../driver/audience.ts';
import { expectFull, measurementsOf } from './slow-trial.ts';

const STATS = {
  process: { eventLoopActiveMs: 0, eventLoopIdleMs: 0 },
  workload: { published: 0, lagSumMs: 0 },
};
const AFTER = {
  process: { eventLoopActiveMs: 25, eventLoopIdleMs: 75 },
  workload: { published: 10, lagSumMs: 5 },
};

function keptOf(p99: number, heldBytes: number, slowBytes = 0) {
  const record = {
    ...{ before: STATS, after: AFTER, quantilesMs: { p50: 1, p90: 2, p99 } },
    host: { durationMs: 1000, driverUtilisation: 0.3 },
  } as WindowRecord; // what a trial's figures are made of, and no more
  return { record, heldBytes, slowBytes };
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

test('who takes more than what is full lets pass was not held back, but where the server keeps it in their sockets', () => {
  const alone = keptOf(5, 28e6);
  const expectWith = (heldBytes: number, slowBytes: number) => () =>
    expectFull(alone, keptOf(6, heldBytes, slowBytes), 6000);
  expect(expectWith(28e6, 1e6)).not.toThrow();
  expect(expectWith(28e6, 12e6)).toThrow('slow ones took 12000 kB in the window (limit 1200)');
  expect(expectWith(40e6, 12e6)).not.toThrow();
});
