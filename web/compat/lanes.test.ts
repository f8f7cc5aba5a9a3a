import { expect, test } from 'vitest';
import type { TransportName } from '../../server/wire.ts';
import { findFurtherLanes } from './lanes.ts';
import { compatMatrix } from './matrix.ts';
import { sampleCompat, samplePath } from './testing/sample.ts';

const both = (pattern: string) => ({ polite: pattern, naive: pattern });

/** Paths with the outcomes of the techniques and of these lanes, the same with either server unless told. */
function find(
  lanes: readonly TransportName[],
  ...paths: readonly (readonly [techniques: string, polite: string, naive?: string])[]
) {
  const results = paths.map(([techniques, polite, naive = polite], at) =>
    samplePath(`p${at}`, both(techniques), {}, { lanes, patterns: { polite, naive } }),
  );
  return findFurtherLanes(compatMatrix({ paths: results }).rows);
}

/** Without what no page can have. */
const told = ({ sentences }: ReturnType<typeof find>) => sentences.filter((text) => !/TCP/.test(text));

test('a run of the techniques alone says nothing of other lanes', () => {
  const { rows } = compatMatrix({ paths: [samplePath('a', both('wwww'))] });
  expect(findFurtherLanes(rows)).toEqual({ lanes: [], shares: [], comparisons: [], sentences: [] });
});

test('a lane that fares as its technique does is told so, recovered or whole', () => {
  expect(told(find(['ndjson'], ['wwww', 'w'], ['wwrw', 'w'], ['wwnw', 'n']))).toEqual([
    'NDJSON comes through where SSE does, and nowhere else: on all 3 paths, with either server.',
  ]);
});

test('where it does not, the paths are named, for each server', () => {
  const found = find(['ndjson'], ['wwww', 'w', 'n'], ['wwnw', 'w', 'n'], ['wwww', 'w']);
  expect(told(found)).toEqual([
    'NDJSON beside SSE: with a polite server also on p1; with a naive server not on p0.',
  ]);
  expect(found.comparisons).toMatchObject([
    { lane: 'ndjson', against: 'sse', manners: 'polite', compared: 3, wins: ['p1'], losses: [] },
    { manners: 'naive', wins: [], losses: ['p0'] },
  ]);
  expect(found.shares.find(({ score, manners }) => score === 'delivered' && manners === 'naive')).toEqual({
    score: 'delivered',
    family: 'mechanism',
    manners: 'naive',
    transport: 'ndjson',
    met: 1,
    of: 3,
  });
});

test('a library’s polls are told by what they bring where its socket brings nothing', () => {
  const lanes = ['socketio-websocket', 'socketio-polling'] as const;
  expect(told(find(lanes, ['wwww', 'ww'], ['wwwn', 'nw'], ['wwwn', 'nn'])).at(-1)).toBe(
    'With a naive server Socket.IO, WebSocket does not come through on 2 paths; Socket.IO, polling does on 1 of them; not on p2.',
  );
  expect(told(find(lanes, ['wwww', 'ww'])).at(-1)).not.toContain('does not come through');
});

test('a path that was run without them counts for nothing', () => {
  const { comparisons, lanes } = findFurtherLanes(compatMatrix(sampleCompat()).rows);
  expect(lanes).toEqual(['socketio-websocket', 'socketio-polling', 'ndjson']);
  expect(new Set(comparisons.map(({ compared }) => compared))).toEqual(new Set([13]));
});
