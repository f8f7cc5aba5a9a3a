import { expect, test } from 'vitest';
import type { Stats } from '../../../server/wire.ts';
import { healthOf, valuesOf } from './storm-trial.ts';

interface Reading {
  readonly at: number;
  readonly pid: number;
  readonly cpuMs?: number;
  readonly rssMb?: number;
  readonly connectionsTotal?: number;
  readonly published?: number;
  readonly lagSumMs?: number;
  readonly activeMs?: number;
  readonly idleMs?: number;
}

/** What a server says of itself; what a storm does not look at is empty. */
function statsOf(reading: Reading): Stats {
  return {
    at: reading.at,
    traffic: {} as Stats['traffic'], // a storm's figures are the process's
    connections: 0,
    connectionsTotal: reading.connectionsTotal ?? 0,
    topics: {},
    workload: { published: reading.published ?? 0, lagSumMs: reading.lagSumMs ?? 0, lagMaxMs: 9 },
    process: {
      pid: reading.pid,
      cpuUserMs: (reading.cpuMs ?? 0) / 2,
      cpuSystemMs: (reading.cpuMs ?? 0) / 2,
      rssBytes: (reading.rssMb ?? 0) * 1e6,
      heapUsedBytes: 0,
      externalBytes: 0,
      eventLoopActiveMs: reading.activeMs ?? 0,
      eventLoopIdleMs: reading.idleMs ?? 0,
    },
  };
}

const RECORD = {
  host: { durationMs: 1000, driverUtilisation: 0.5, stealShare: 0.01 },
  quantilesMs: { p50: 300, p90: 400, p99: 500, p999: 550, max: 600 },
  histogram: '',
  violations: [],
};

const SAMPLES = [
  statsOf({ at: 1000, pid: 7, rssMb: 100, connectionsTotal: 10, activeMs: 100, idleMs: 900 }),
  statsOf({ at: 1100, pid: 7, rssMb: 180, connectionsTotal: 60 }),
  statsOf({
    ...{ at: 1600, pid: 7, rssMb: 150, connectionsTotal: 110, cpuMs: 250 },
    ...{ published: 105, lagSumMs: 60, activeMs: 400, idleMs: 1300 },
  }),
];

test('what a server took is told from before the fault to the last look at it, for each subscriber', () => {
  const before = statsOf({ at: 500, pid: 7, rssMb: 90, cpuMs: 50, published: 5, lagSumMs: 10 });
  const storm = { before, awayMs: 520, samples: SAMPLES, attempts: 150, record: RECORD };
  // A hundredth of a processor for 1.1 s is 11 ms that would have been taken anyway.
  expect(valuesOf(storm, 0.01, 100)).toEqual({
    last: 600,
    p50: 300,
    away: 520,
    peak: 180,
    above: 90,
    lag: 0.5,
    lagMax: 9,
    cpu: 1890,
    attempts: 1.5,
    busiest: 500,
  });
});

test('of another process than before nothing is told that would need the first one', () => {
  const before = statsOf({ at: 500, pid: 6, rssMb: 200, cpuMs: 9000 });
  const storm = { before, awayMs: 520, samples: SAMPLES, attempts: 150, record: RECORD };
  const values = valuesOf(storm, 0.01, 100);
  for (const name of ['cpu', 'above', 'busiest']) expect(values).not.toHaveProperty(name);
  expect(values['lag']).toBe(60 / 105);
  expect(values['peak']).toBe(180);
});

test('its health is that of the server while they came back', () => {
  const before = statsOf({ at: 500, pid: 6 });
  const storm = { before, awayMs: 520, samples: SAMPLES, attempts: 0, record: RECORD };
  expect(healthOf(storm)).toEqual({
    driverUtilisation: 0.5,
    serverUtilisation: 300 / 700,
    publisherLagMs: 60 / 105,
    stealShare: 0.01,
  });
});
