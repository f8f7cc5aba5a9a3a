import { expect, test } from 'vitest';
import { resultCharts } from '../charts/results.ts';
import { LIGHT } from '../charts/style.ts';
import { analyse } from './analysis.ts';
import { estimate, outcomeOf } from './estimate.ts';
import { find } from './findings.ts';
import { verdictMatrix } from './matrix.ts';
import type { Results, Trial, TrialOutcome } from './schema.ts';
import { resultsWith } from './testing/results.ts';

const OK: TrialOutcome = { state: 'ok' };

function trial(
  subject: string,
  block: number,
  values: Record<string, number>,
  rest: Partial<Trial> = {},
): Trial {
  const health = { driverUtilisation: 0.1, serverUtilisation: 0.1 };
  const measurements = [{ lane: subject, cells: ['cell'], values, model: { mean: 2 }, health }];
  return {
    subject,
    block,
    repetition: 0,
    position: 0,
    startedAt: '',
    durationMs: 1,
    outcome: OK,
    measurements,
    ...rest,
  };
}

function resultsOf(trials: readonly Trial[], quick = false): Results {
  return resultsWith(
    [
      {
        name: 'latency',
        title: 'Delivery',
        question: 'How late?',
        method: [],
        lanes: [
          { id: 'sse', title: 'SSE', transport: 'sse', colour: '#000' },
          { id: 'websocket', title: 'WebSocket', transport: 'websocket', colour: '#000' },
        ],
        cells: [{ id: 'cell', title: 'a cell', conditions: {} }],
        metrics: [
          { id: 'mean', title: 'Mean', unit: 'ms', better: 'lower', judged: true, definition: '' },
          { id: 'requests', title: 'Requests', unit: '', better: 'lower', judged: true, definition: '' },
        ],
        claims: [{ better: 'websocket', worse: 'sse', source: 'folk' }],
        contrasts: [],
        trials,
      },
    ],
    { quick },
  );
}

const blocks = [0, 1, 2, 3, 4, 5, 6, 7];
/** A machine that gets slower from block to block, and a lane that always takes twice as long. */
const drifting = blocks.flatMap((block) => [
  trial('websocket', block, { mean: 1 + block, requests: 0 }),
  trial('sse', block, { mean: 2 * (1 + block), requests: 0 }),
]);

test('ratios are taken within a block, so that a drift of the machine does not touch them', () => {
  const verdict = analyse(resultsOf(drifting)).scenarios[0]?.verdicts.find(
    ({ metric }) => metric.id === 'mean',
  );
  expect(verdict?.ratio).toEqual({ median: 2, low: 2, high: 2, blocks: 8 });
  expect(verdict?.outcome).toBe('reproduced');
});

test('nothing against nothing is a tie, something against nothing is infinitely more', () => {
  const tie = analyse(resultsOf(drifting)).scenarios[0]?.verdicts.find(
    ({ metric }) => metric.id === 'requests',
  );
  expect(tie?.outcome).toBe('tie');
  const asking = blocks.flatMap((block) => [
    trial('websocket', block, { requests: 0 }),
    trial('sse', block, { requests: 1 }),
  ]);
  const more = analyse(resultsOf(asking)).scenarios[0]?.verdicts[0];
  expect(more?.ratio.low).toBe(Number.POSITIVE_INFINITY);
  expect(more?.outcome).toBe('reproduced');
});

test('an estimate’s interval holds its median, and is the same for the same seed', () => {
  const values = [5, 1, 4, 2, 3, 9, 7, 6];
  const one = estimate(values, 7);
  expect(one).toEqual(estimate([...values], 7));
  expect(one.median).toBe(4.5);
  expect(one.low).toBeLessThan(one.median);
  expect(one.high).toBeGreaterThan(one.median);
});

test.each([
  [{ low: 1.06, high: 2 }, 'reproduced'],
  [{ low: 0.5, high: 0.94 }, 'refuted'],
  [{ low: 0.97, high: 1.04 }, 'tie'],
  [{ low: 0.9, high: 1.04 }, 'undecided'],
  [{ low: 1.01, high: 1.2 }, 'undecided'],
] as const)('an interval %o is %s', (interval, outcome) => {
  expect(outcomeOf({ ...interval, median: 1, blocks: 8 })).toBe(outcome);
});

test('of a block that was run again the clean repetition counts, and what is left out is told', () => {
  const reason = 'stealShare was 0.30';
  const disturbed = trial('sse', 0, { mean: 1000 }, { outcome: { state: 'disturbed', reason } });
  const [scenario] = analyse(
    resultsOf([
      trial('websocket', 0, { mean: 900 }),
      disturbed,
      trial('websocket', 0, { mean: 1 }, { repetition: 1 }),
      trial('sse', 0, { mean: 3 }, { repetition: 1 }),
    ]),
  ).scenarios;
  expect(scenario?.verdicts[0]?.ratio.median).toBe(3);
  expect(scenario?.excluded).toHaveLength(2);
  expect(scenario?.excluded[1]?.reason).toContain(reason);
});

test('a failed trial has no figures, and a disturbed one that could not be repeated is counted and named', () => {
  const [scenario] = analyse(
    resultsOf([
      trial('websocket', 0, { mean: 1 }, { outcome: { state: 'failed', reason: '3 missing' } }),
      trial('sse', 0, { mean: 3 }, { outcome: { state: 'disturbed', reason: 'busy' } }),
    ]),
  ).scenarios;
  expect(scenario?.figures.map(({ lane }) => lane.id)).toEqual(['sse']);
  expect(scenario?.excluded[0]?.reason).toBe('3 missing');
  expect(scenario?.disturbed).toHaveLength(1);
});

test('the model is held against the measured interval', () => {
  const figures = analyse(resultsOf(blocks.map((block) => trial('sse', block, { mean: 2 })))).scenarios[0]
    ?.figures;
  expect(figures?.[0]).toMatchObject({ model: 2, modelWithin: true });
});

test('a quick run makes no claim, a full one says how often the ranking held', () => {
  expect(find(analyse(resultsOf(drifting, true))).headline).toContain('makes no claim');
  expect(find(analyse(resultsOf(drifting))).headline).toContain('1 (50 %) are reproduced');
});

test('findings say who is better by how much, and why', () => {
  const [step] = find(analyse(resultsOf(drifting))).steps;
  expect(step?.title).toBe('WebSocket over SSE');
  expect(step?.lines[0]?.text).toBe('reproduced in 1 of 1 cell; WebSocket is better by 2×');
  expect(step?.lines[1]?.why).toContain('request');
});

test('charts state a finding, and draw an interval around every point and the model beside it', () => {
  const [chart] = resultCharts(analyse(resultsOf(drifting)));
  expect(chart?.title).toContain('WebSocket is lowest');
  const { datasets } = chart?.configure(LIGHT).data ?? { datasets: [] };
  expect(datasets.map(({ label }) => label)).toEqual(['SSE', 'SSE, model', 'WebSocket', 'WebSocket, model']);
  expect(datasets[0]?.data[0]).toMatchObject({ y: 9, low: expect.any(Number), high: expect.any(Number) });
});

test('the matrix has a row for each metric and cell, and a column for each step', () => {
  const { steps, rows } = verdictMatrix(analyse(resultsOf(drifting)), 'folk');
  expect(steps.map(({ title }) => title)).toEqual(['WebSocket > SSE']);
  expect(rows.map(({ title }) => title)).toEqual(['Mean · a cell', 'Requests · a cell']);
});
