import { expect, test } from 'vitest';
import { violationsIn } from './wrk.ts';

const GOOD = '  1000 requests in 1.00s, 1MB read\nRequests/sec:  1000.00\n';

test('a wrk that has seen nothing wrong has no complaints', () => {
  expect(violationsIn(GOOD)).toEqual([]);
});

test.each([
  ['Non-2xx or 3xx responses: 12', ['Non-2xx or 3xx responses: 12']],
  [
    'Socket errors: connect 0, read 3, write 0, timeout 0',
    ['Socket errors: connect 0, read 3, write 0, timeout 0'],
  ],
])('%s is one', (line, violations) => {
  expect(violationsIn(`  ${line}\n${GOOD}`)).toEqual(violations);
});

test('so is one that was cut off', () => {
  expect(violationsIn('Running 60s test')).toEqual(['wrk has told nothing']);
});
