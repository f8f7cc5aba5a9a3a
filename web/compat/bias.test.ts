import { expect, test } from 'vitest';
import { STALLED_MS } from '../probe/settings.ts';
import { biasSentences } from './bias.ts';
import { compatMatrix } from './matrix.ts';
import type { PathResult } from './schema.ts';
import { judgePairs } from './scores.ts';
import { sampleCompat, samplePath } from './testing/sample.ts';

function bias(paths: readonly PathResult[]): readonly string[] {
  const matrix = compatMatrix({ paths });
  return biasSentences(matrix, judgePairs(matrix.rows, null));
}

const paths = (...patterns: readonly string[]) =>
  patterns.map((pattern, at) => samplePath(`p${at}`, { polite: pattern, naive: pattern }));

test('what the rows are is said from the rows', () => {
  const told = bias(sampleCompat().paths);
  expect(told[0]).toContain('3 products as shipped, 3 products tuned and 8 mechanisms');
  expect(told[0]).toContain('nginx and haproxy as reverse proxy and squid as forward proxy');
  expect(told.join(' ')).toContain('short poll on 1');
  expect(bias([])).toEqual([]);
});

test('a judgement that hangs on one row is said to, whichever way it went', () => {
  const told = (...patterns: readonly string[]) => bias(paths(...patterns)).join(' ');
  // Of each of four measures by paths, three pairs have WebSocket for the allegedly worse one.
  expect(told('wwwn')).toContain('12 of the 24 judgements by paths');
  expect(told('nwww')).toContain('12 of the 24 judgements by paths');
  expect(told('wwwn', 'wwwn')).not.toContain('a single row');
});

test('a path that was run while the machine stood still is named before all else', () => {
  const stalled = (path: PathResult | undefined, stalledMs: number): PathResult => {
    if (path?.state.state !== 'ran') throw new Error('A sample has run.');
    const { polite, naive } = path.state.probes;
    return { ...path, state: { state: 'ran', probes: { polite, naive: { ...naive, stalledMs } } } };
  };
  const [first, second] = paths('wwww', 'wwww');
  const told = bias([stalled(first, STALLED_MS), stalled(second, STALLED_MS + 1)]);
  expect(told[0]).toContain('stood still for more than 1.25 s while it ran p1: ');
});
