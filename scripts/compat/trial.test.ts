import { expect, test } from 'vitest';
import { outcomesOf, patienceMs, type Seen, shorten } from './trial.ts';

const seen = (changes: Partial<Seen> = {}): Seen => ({
  received: 2,
  expected: 2,
  waitedMs: 950,
  reached: 3,
  complaint: null,
  ...changes,
});

test('what arrived, what was refused, and what an environment adds', () => {
  const complaint = 'Connecting to … violates …';
  const outcomes = outcomesOf(
    {
      'short-poll': seen(),
      'long-poll': seen({ received: 1, waitedMs: 3000, reached: 1 }),
      sse: seen({ received: 0, waitedMs: 3000, reached: 6 }),
      websocket: seen({ received: 0, waitedMs: 3000, reached: 0, complaint }),
    },
    (name) => (name === 'websocket' ? 'It is the page that refuses.' : undefined),
  );
  expect(outcomes).toEqual({
    'short-poll': { works: 'yes', detail: '2 of 2 messages.' },
    'long-poll': {
      works: 'some',
      detail: '1 of 2 messages within 3 s. The console said nothing. The server answered 1 request of it.',
    },
    sse: {
      works: 'no',
      detail: 'Nothing within 3 s. The console said nothing. The server answered 6 requests of it.',
    },
    websocket: {
      works: 'no',
      detail: `Nothing within 3 s. Console: “${complaint}”. The server took up none of it. It is the page that refuses.`,
    },
  });
});

test('addresses are shortened to their origins, and lines joined', () => {
  expect(
    shorten("Access to fetch at 'http://127.0.0.1:1/feeds/page/sse?after=x-1'\n from 'https://a.b:2'"),
  ).toBe("Access to fetch at 'http://127.0.0.1:1/…' from 'https://a.b:2'");
});

test('a busy machine is given more time, within bounds', () => {
  expect([10, 3000, 60_000].map(patienceMs)).toEqual([6000, 9000, 12_000]);
});
