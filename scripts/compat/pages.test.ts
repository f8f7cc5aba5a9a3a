import { expect, test } from 'vitest';
import { TECHNIQUES } from '../../server/wire.ts';
import { CONNECTIONS, holdsConnection } from '../../web/live/connections.ts';
import { BROWSER_LANES, pagesOf } from './pages.ts';

test('the techniques have a page of their own, every lane is on one page, and none holds all connections', () => {
  const pages = pagesOf(BROWSER_LANES);
  expect(pages[0]).toEqual(TECHNIQUES);
  expect(pages.flat().toSorted()).toEqual(BROWSER_LANES.toSorted());
  for (const page of pages) expect(page.filter(holdsConnection).length).toBeLessThan(CONNECTIONS);
});

test('what does not fit goes to a page more', () => {
  const lanes = [...TECHNIQUES, ...Array.from({ length: 2 * CONNECTIONS }, () => 'ndjson' as const)];
  expect(pagesOf(lanes).map((page) => page.length)).toEqual([4, 5, 5, 2]);
  expect(pagesOf(['ndjson'])).toEqual([['ndjson']]);
});
