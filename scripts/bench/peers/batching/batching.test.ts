import { expect, test } from 'vitest';
import { createBatchingScenario, runBatchingTrial } from './scenario.ts';

const SETTINGS = {
  quick: true,
  short: true,
  blocks: 1,
  seed: 1,
  transports: ['websocket'],
  clients: undefined,
  ratesPerSecond: undefined,
  intervalsMs: undefined,
  payloadBytes: 120,
} as const;

test('a window puts messages together, and its figures say so', async () => {
  const { subjects, design } = await createBatchingScenario(['websocket']).plan(SETTINGS);
  const [subject] = subjects;
  const place = { block: 0, repetition: 0, position: 0, seed: 1 };
  const trial = await runBatchingTrial(subject!, place, () => undefined, new AbortController().signal);
  // A busy machine may disturb a trial: it has its figures all the same.
  expect(trial.outcome.state).not.toBe('failed');
  const at = (cell: string) => trial.measurements.find(({ cells }) => cells.includes(cell))?.values;
  expect(trial.measurements.flatMap(({ cells }) => cells).sort()).toEqual(
    design.cells.map(({ id }) => id).sort(),
  );
  const [alone, together] = [at('streams-0'), at('streams-20')];
  // 200 messages a second: 4 come while one waits 20 ms.
  expect(together?.['burst']).toBeGreaterThan(2);
  expect(alone?.['burst']).toBeLessThan(together?.['burst'] ?? 0);
  expect(together?.['p50']).toBeGreaterThan(5);
  // A text frame of 120 bytes has a head of 2 (RFC 6455 §5.2).
  expect(together?.['bytes']).toBe(122);
  expect(together?.['cpu']).toBeGreaterThan(0);
});

test('every transport has cells, and each contrast two of them', async () => {
  const { design, subjects } = await createBatchingScenario([
    'short-poll',
    'long-poll',
    'sse',
    'websocket',
  ]).plan({ ...SETTINGS, short: false });
  expect(subjects.map(({ cells }) => cells.length)).toEqual([2, 5, 7, 7]);
  const ids = design.cells.map(({ id }) => id);
  expect(design.contrasts.length).toBeGreaterThan(2);
  for (const { from, to } of design.contrasts) expect(ids).toEqual(expect.arrayContaining([from, to]));
});
