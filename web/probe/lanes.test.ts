import { expect, test } from 'vitest';
import { TECHNIQUES } from '../../server/wire.ts';
import { diagnose } from './diagnose.ts';
import { probe } from './fixtures.ts';
import { furtherLanes, HTTP_LANES, isPoll, isUpgraded } from './lanes.ts';
import { recommend } from './recommend.ts';

test('of the four techniques two are polls and one is upgraded', () => {
  expect(TECHNIQUES.filter(isPoll)).toEqual(['short-poll', 'long-poll']);
  expect(TECHNIQUES.filter(isUpgraded)).toEqual(['websocket']);
  expect(HTTP_LANES).toEqual(expect.arrayContaining([...TECHNIQUES, 'ndjson']));
  expect(furtherLanes([{ transport: 'ndjson' }, { transport: 'sse' }])).toEqual(['ndjson']);
});

test('findings and advice are about the techniques, whatever becomes of other lanes', () => {
  const evidence = { arrivals: [], openedAtMs: [], exchanges: [] };
  const lost = probe({ ndjson: { evidence } });
  expect(lost.rows.find(({ transport }) => transport === 'ndjson')?.outcome).toBe('nothing');
  expect(diagnose(lost)).toEqual(diagnose(probe()));
  expect(recommend(lost)).toEqual(recommend(probe()));
});

test('a probe of other lanes alone says what became of them, and has nothing to choose from', () => {
  const only = (result: ReturnType<typeof probe>) => ({
    ...result,
    rows: result.rows.filter(({ transport }) => transport === 'ndjson'),
  });
  expect(diagnose(only(probe()))).toMatchObject([
    { id: 'clear', evidence: expect.stringContaining('NDJSON') },
  ]);
  expect(diagnose(only(probe({ ndjson: { evidence: { arrivals: [], openedAtMs: [] } } })))).toMatchObject([
    { id: 'unexplained' },
  ]);
  expect(recommend(only(probe())).now).toMatchObject({
    transport: null,
    why: expect.stringMatching(/^None/),
  });
});
