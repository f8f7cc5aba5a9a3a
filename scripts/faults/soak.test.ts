import { expect, test } from 'vitest';
import { transportsOf } from '../../server/wire.ts';
import { leftOver, runSoak } from './soak.ts';
import { SOAK_FAULTS } from './soak-faults.ts';

test('a short soak ends with everything in order and nothing left', { timeout: 150_000 }, async () => {
  const outcome = await runSoak({
    durationMs: 15_000,
    subscribers: 4 * transportsOf('node').length,
    ratePerSecond: 20,
    faultEveryMs: 50,
    stayMs: 2000,
    seed: 1,
  });
  const { tally, published, faults, behind, handles, exit } = outcome;
  expect(tally).toMatchObject({ missing: 0, duplicates: 0, reordered: 0, unknownGaps: 0, failures: [] });
  expect(behind).toBe(0);
  expect(leftOver(handles.before, handles.after)).toEqual([]);
  expect(exit).toMatchObject({ code: 0, signal: null });
  expect(handles.before).toHaveProperty('TCPServerWrap');
  // It was not for want of anything to go wrong.
  expect(published).toBeGreaterThan(0);
  expect(tally.received).toBeGreaterThan(published);
  expect(tally.returned).toBeGreaterThan(0);
  expect(Object.keys(faults)).toEqual(SOAK_FAULTS.map(({ title }) => title));
});

test('what is left over is told by kind', () => {
  expect(leftOver({ Timeout: 2, TCPSocketWrap: 1 }, { Timeout: 2, TCPSocketWrap: 3, PipeWrap: 1 })).toEqual([
    '2 TCPSocketWrap',
    '1 PipeWrap',
  ]);
});
