import { expect, test } from 'vitest';
import { detailOf, furtherOf, subjectsOf, troubles } from './environment-facts.ts';
import { sampleCompat } from './testing/sample.ts';

test('that all messages came is not said beside a sign that says so, and what more there is stays', () => {
  expect(detailOf({ works: 'yes', detail: '2 of 2 messages.' })).toBe('');
  expect(detailOf({ works: 'yes', detail: '2 of 2 messages. Nothing held it.' })).toBe('Nothing held it.');
  expect(detailOf({ works: 'no', detail: '1 of 2 messages.' })).toBe('1 of 2 messages.');
});

test('fetch has a column only where it was tried', () => {
  const { environments } = sampleCompat();
  expect(subjectsOf(environments)).toContain('fetch');
  expect(subjectsOf(environments.slice(0, 1))).not.toContain('fetch');
});

test('lanes beside the techniques are among the subjects where they were tried, and told apart', () => {
  const outcome = { works: 'yes', detail: '' } as const;
  const state = { state: 'ran', outcomes: { sse: outcome, jsonp: outcome, fetch: outcome } } as const;
  const subjects = subjectsOf([{ id: 'a', title: 'a', group: 'g', standsFor: '', state }]);
  expect(subjects).toEqual(['short-poll', 'long-poll', 'sse', 'websocket', 'jsonp', 'fetch']);
  expect(furtherOf(subjects)).toEqual(['jsonp']);
});

test('what is the same of several is said once', () => {
  const same = { works: 'no', detail: 'Blocked.' } as const;
  const other = { works: 'some', detail: '6 of 8' } as const;
  expect(troubles({ websocket: other, sse: same, 'short-poll': same })).toEqual([
    { subjects: ['short-poll', 'sse'], detail: 'Blocked.' },
    { subjects: ['websocket'], detail: '6 of 8' },
  ]);
});
