import { expect, test } from 'vitest';
import { type CrowdRecord, describeCrowds } from './crowd.ts';

const record = (changes: Partial<CrowdRecord>): CrowdRecord => ({
  transport: 'sse',
  received: [2, 2, 2, 2, 2, 2, 2, 2],
  fetch: { tookMs: 5, status: 200 },
  fetchWaitMs: 6000,
  beforeNews: true,
  ...changes,
});

test('all served, and an ordinary request beside them', () => {
  expect(describeCrowds([record({})])).toEqual({
    sse: { works: 'yes', detail: '8 of 8 received; an ordinary fetch beside them: answered in 5 ms.' },
    fetch: { works: 'yes', detail: 'Beside SSE: answered in 5 ms.' },
  });
});

test('six connections, and a request that stalls with those that queue', () => {
  const { sse, fetch } = describeCrowds([
    record({
      received: [2, 2, 2, 2, 2, 2, 0, 0],
      fetch: { tookMs: null, status: null },
      beforeNews: false,
    }),
  ]);
  expect(sse).toEqual({
    works: 'some',
    detail: '6 of 8 received; an ordinary fetch beside them: stalled with them, nothing within 6 s.',
  });
  expect(fetch?.works).toBe('no');
});

test('a request that news let through has waited, and is no success beside one that has not', () => {
  const { 'long-poll': longPoll, fetch } = describeCrowds([
    record({}),
    record({ transport: 'long-poll', fetch: { tookMs: 3120, status: 200 }, beforeNews: false }),
  ]);
  expect(longPoll).toMatchObject({
    works: 'yes',
    detail: expect.stringContaining('waited 3.1 s, until a message'),
  });
  expect(fetch?.works).toBe('some');
});

test('nobody served, and a request that failed', () => {
  const outcomes = describeCrowds([
    record({ received: [0, 1, 0, 0, 0, 0, 0, 0], fetch: { tookMs: 9, status: 502 } }),
  ]);
  expect(outcomes.sse).toMatchObject({
    works: 'no',
    detail: expect.stringContaining('failed after 9 ms (502)'),
  });
  expect(outcomes.fetch?.works).toBe('no');
});
