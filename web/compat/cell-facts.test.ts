import { expect, test } from 'vitest';
import { MANNERS } from '../../server/wire.ts';
import { cellFacts } from './cell-facts.ts';
import { sampleCompat } from './testing/sample.ts';

/** The facts of a cell of the sample, by name. */
function factsOf(pathId: string, transport: string) {
  const state = sampleCompat().paths.find(({ id }) => id === pathId)!.state;
  if (state.state !== 'ran') throw new Error(`${pathId} did not run.`);
  const row = state.probes[MANNERS[1]!].rows.find((one) => one.transport === transport)!;
  return new Map(cellFacts(row));
}

test('a cell in which nothing came says at which step and why, and has no time of a first message', () => {
  const facts = factsOf('strips-upgrade', 'websocket');
  expect(facts.get('How far it came')).toBe('no connection came about');
  expect(facts.get('Reason')).toBe('The upgrade was answered with 400. (status 400)');
  expect(facts.get('Messages')).toBe('0 of 25');
  expect(facts.has('First message')).toBe(false);
});

test('a cell that recovered tells when it was cut, how old the connection was, and how long it had been silent', () => {
  const facts = factsOf('idle-kill', 'sse');
  expect(facts.get('Cuts')).toBe('3');
  expect(facts.get('Lost')).toContain('at 20 s (closed; 15 s old, silent for 15 s)');
  expect(facts.get('First message')).toBe('12 ms after it was due');
  expect(facts.get('Bytes')).toBe('12,000 up, 43,000 down');
});

test('what is cut of a poll may be a request as well as a connection', () => {
  expect(factsOf('idle-kill', 'long-poll').get('Cuts or failed requests')).toBe('3');
});

test('a long list is cut short, and says by how much', () => {
  const state = sampleCompat().paths.find(({ id }) => id === 'idle-kill')!.state;
  if (state.state !== 'ran') throw new Error('It did not run.');
  const [row] = state.probes.naive.rows;
  const evidence = { ...row!.evidence, openedAtMs: Array.from({ length: 11 }, (_, i) => i * 10) };
  expect(new Map(cellFacts({ ...row!, evidence })).get('Opened at')).toMatch(/70 ms and 3 more$/);
});
