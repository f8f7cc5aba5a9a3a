import { beforeAll, describe, expect, test } from 'vitest';
import type { FeatureSupport, Support } from '../../web/compat/schema.ts';
import { BROWSER_LANES } from './pages.ts';
import { readSupport } from './support.ts';

// What is history does not change with the next release of the data; shares do, their order hardly.
let support: Support;
beforeAll(() => {
  support = readSupport();
});

const feature = (title: string): FeatureSupport => support.features.find((one) => one.title === title)!;
const first = (title: string, browser: string) => {
  const { version, date } = feature(title).firsts.find((one) => one.browser === browser)!;
  return { version, date };
};

test('both packages are named with version and licence', () => {
  expect(support.sources.map(({ licence }) => licence)).toEqual(['CC0-1.0', 'CC-BY-4.0']);
  for (const { version, url } of support.sources) {
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(url).toMatch(/^https:/);
  }
});

test('every lane that a page can have rests on one feature', () => {
  const byTransport = support.features.flatMap(({ title, transports }) =>
    transports.map((name) => [name, title]),
  );
  expect(Object.fromEntries(byTransport)).toMatchObject({
    'short-poll': 'XMLHttpRequest',
    'long-poll': 'XMLHttpRequest',
    sse: 'EventSource',
    websocket: 'WebSocket',
    ndjson: 'Response streams',
  });
  expect(byTransport.map(([name]) => name).toSorted()).toEqual(BROWSER_LANES.toSorted());
});

test('shares are shares, and every feature has both but for those older than the data', () => {
  const old = support.features.filter(({ usageShare }) => usageShare === null);
  expect(old.flatMap(({ transports }) => transports)).toEqual(['forever-iframe', 'jsonp']);
  for (const { title, usageShare, usageKnown, releasedShare } of support.features) {
    for (const share of usageShare === null ? [releasedShare] : [usageShare, usageKnown, releasedShare]) {
      expect(share, title).toBeGreaterThan(0.2);
      expect(share, title).toBeLessThanOrEqual(1);
    }
  }
});

describe('history', () => {
  test('EventSource came to Edge with 79, in January 2020, and never to Internet Explorer', () => {
    expect(first('EventSource', 'Edge')).toEqual({ version: '79', date: '2020-01-15' });
    expect(first('EventSource', 'Internet Explorer')).toEqual({ version: null, date: null });
    expect(feature('EventSource').notes.join()).toContain('since 2020-01-15 (Edge 79 was the last) by MDN');
  });

  test('WebSocket counts from RFC 6455 on, not from the older protocol', () => {
    expect(first('WebSocket', 'Chrome')).toEqual({ version: '16', date: '2011-12-13' });
    expect(first('WebSocket', 'Safari').version).toBe('6'); // 5 spoke hixie-76
    expect(first('WebSocket', 'Firefox').version).toBe('11'); // 7 to 10 had it under a prefix
    expect(first('WebSocket', 'Internet Explorer')).toEqual({ version: '10', date: '2012-10-26' });
  });

  test('a version that nobody has looked behind has no date', () => {
    expect(first('Frames (iframe)', 'Safari')).toEqual({ version: '≤4', date: null });
    expect(first('Frames (iframe)', 'Chrome')).toEqual({ version: '1', date: '2008-12-11' });
  });

  test('a browser that came into the world with it has kept nobody waiting', () => {
    expect(feature('XMLHttpRequest').notes.join()).toContain('(Internet Explorer 7 was the last) by MDN');
  });
});

test('WebSocket is more widely supported than EventSource: in use, and in what was ever released', () => {
  expect(feature('WebSocket').usageShare).toBeGreaterThan(feature('EventSource').usageShare!);
  expect(feature('WebSocket').releasedShare).toBeGreaterThan(feature('EventSource').releasedShare!);
});
