import { expect, test } from 'vitest';
import { runAddress, runInAddress } from './run-address.ts';

test('a run is found in the address that leads to it, whatever its name', () => {
  for (const run of ['reference', '2026-11-22T17-12-44', 'a/b', 'half 50 %?', 'Läufe']) {
    expect(runInAddress('results', runAddress('results', run))).toBe(run);
  }
});

test('a query is no part of the name, and another page’s run is not this one’s', () => {
  expect(runInAddress('compatibility', '#/compatibility/reference?token=x')).toBe('reference');
  expect(runInAddress('results', '#/compatibility/reference')).toBeUndefined();
  expect(runInAddress('results', '#/results')).toBeUndefined();
  expect(runInAddress('results', '#/results/')).toBeUndefined();
  expect(runInAddress('results', '')).toBeUndefined();
});
