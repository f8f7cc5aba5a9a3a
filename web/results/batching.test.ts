import { expect, test } from 'vitest';
import { resultCharts } from '../charts/results.ts';
import { LIGHT } from '../charts/style.ts';
import { analyse } from './analysis.ts';
import { batchedTransports, batchingSentences, formatFit, windowRows } from './batching.ts';
import type { Cell, Lane, Metric, Results, ScenarioResult } from './schema.ts';
import { resultsWith } from './testing/results.ts';

const HEALTH = { driverUtilisation: 0.1, serverUtilisation: 0.1 };

const LANES: readonly Lane[] = [
  { id: 'long-poll', title: 'Long poll', transport: 'long-poll', colour: '#cc79a7' },
  { id: 'websocket', title: 'WebSocket', transport: 'websocket', colour: '#0072b2' },
];

/** By lane and cell: messages a write, and what each costs. */
type Costs = Readonly<Record<string, Readonly<Record<string, { burst?: number; cpu: number }>>>>;

function scenarioOf(
  name: string,
  lanes: readonly Lane[],
  cells: readonly Cell[],
  costs: Costs,
): ScenarioResult {
  const metric = (id: string): Metric => ({
    id,
    title: id,
    unit: '',
    better: 'lower',
    judged: true,
    definition: '',
  });
  return {
    name,
    title: name,
    question: '?',
    method: [],
    lanes,
    cells,
    metrics: ['cpu', 'burst', 'p50'].map(metric),
    claims: [],
    contrasts: [],
    trials: lanes.map(({ id }, position) => ({
      subject: id,
      block: 0,
      repetition: 0,
      position,
      startedAt: '',
      durationMs: 1,
      outcome: { state: 'ok' },
      measurements: Object.entries(costs[id] ?? {}).map(([cell, values]) => ({
        lane: id,
        cells: [cell],
        values,
        health: HEALTH,
      })),
    })),
  };
}

function analysisOf(...scenarios: readonly ScenarioResult[]) {
  const results: Results = resultsWith(scenarios, { quick: true, blocks: 1 });
  return analyse(results);
}

const window = (id: string): Cell => ({ id, title: id, conditions: {} });

const BATCHING = scenarioOf('batching', LANES, [window('0 ms'), window('20 ms')], {
  websocket: { '0 ms': { burst: 1, cpu: 10.1 }, '20 ms': { burst: 8, cpu: 1.35 } },
  'long-poll': { '0 ms': { burst: 1, cpu: 50.5 } },
});

test('a transport has a line through its windows, and none where there is one burst only', () => {
  const transports = batchedTransports(analysisOf(BATCHING));
  expect(transports.map(({ lane }) => lane.title)).toEqual(['Long poll', 'WebSocket']);
  const [longPoll, websocket] = transports;
  expect(longPoll?.fit).toBeUndefined();
  expect(websocket?.fit && formatFit(websocket.fit)).toBe('10/burst + 0.1 µs');
});

test('bursts of the peers’ run count as well: the lab’s own, of 500 subscribers, that bring something', () => {
  const turn = (id: string, transport: string, subscribers: number, burst: number): Cell => ({
    id,
    title: id,
    conditions: { transport, subscribers, burst },
  });
  const peers = scenarioOf(
    'peers',
    [
      { id: 'lab', title: 'Lab', colour: '#000000' },
      { id: 'other', title: 'Other', colour: '#000000' },
    ],
    [
      turn('a', 'long-poll', 500, 16),
      turn('b', 'long-poll', 100, 16),
      turn('c', 'long-poll', 500, 0),
      turn('d', 'websocket', 500, 64),
    ],
    {
      lab: { a: { cpu: 3.625 }, b: { cpu: 99 }, c: { cpu: 99 } },
      other: { a: { cpu: 99 }, d: { cpu: 99 } },
    },
  );
  const [longPoll, websocket] = batchedTransports(analysisOf(peers, BATCHING));
  expect(longPoll?.points.map(({ burst, by }) => [burst, by])).toEqual([
    [1, 'window'],
    [16, 'turn'],
  ]);
  expect(longPoll?.fit && formatFit(longPoll.fit)).toBe('50/burst + 0.5 µs');
  expect(websocket?.points).toHaveLength(2);

  const sentences = batchingSentences(batchedTransports(analysisOf(peers, BATCHING)));
  expect(sentences.at(-2)).toContain('costs over Long poll 5× of what it costs over WebSocket');
  expect(sentences.at(-1)).toContain('over WebSocket 7.48× and Long poll 7.48×');
});

test('a table has a row for each window that was measured, with what the line says', () => {
  const rows = windowRows(analysisOf(BATCHING));
  expect(rows.map(([name]) => name)).toEqual(['Long poll, 0 ms', 'WebSocket, 0 ms', 'WebSocket, 20 ms']);
  expect(rows[2]?.slice(1, 4)).toEqual(['8', '1.35', '1.35']);
  expect(rows[0]?.[3]).toBe('');
});

test('the chart names each line by its formula, and stands first', () => {
  const [chart] = resultCharts(analysisOf(BATCHING));
  expect(chart?.id).toBe('batching-burst');
  const labels = chart?.configure(LIGHT).data.datasets.map(({ label }) => label);
  expect(labels).toContain('WebSocket: 10/burst + 0.1 µs');
});

test('a run without windows has nothing to say of batching', () => {
  const analysis = analysisOf(scenarioOf('peers', LANES, [], {}));
  expect(batchedTransports(analysis)).toEqual([]);
  expect(windowRows(analysis)).toEqual([]);
  expect(resultCharts(analysis)).toEqual([]);
});
