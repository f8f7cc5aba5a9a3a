import { expect, test } from 'vitest';
import { resultCharts } from '../charts/results.ts';
import { LIGHT } from '../charts/style.ts';
import { analyse } from './analysis.ts';
import { comparisonTable, findComparisons } from './comparisons.ts';
import { find } from './findings.ts';
import { lanesResults } from './testing/lanes.ts';

/** Eight blocks on a machine that gets slower: ratios within a block do not change. */
function scenarioOf(values: Parameters<typeof lanesResults>[0]) {
  const analysis = analyse(lanesResults(values));
  const [scenario] = analysis.scenarios;
  if (!scenario) throw new Error('no scenario');
  return { analysis, scenario };
}

test('what a lane takes of another is told by message and by connection, what is the same apart from the rest', () => {
  const { scenario } = scenarioOf({
    sse: { bytes: [100, 100], cpu: [10, 20], requests: [0, 0], connectCpu: [50] },
    ndjson: { bytes: [90, 80], cpu: [30, 40], requests: [0, 0], connectCpu: [50] },
  });
  expect(findComparisons(scenario)).toEqual([
    {
      title: 'NDJSON beside SSE',
      sentences: [
        'Beside one over SSE, a message takes 0.8× to 0.9× the bytes at the socket and 2× to 3× the server CPU, and the same requests.',
        'Beside one over SSE, a connection takes the same server CPU.',
      ],
    },
  ]);
});

test('the floor is what others stand on', () => {
  const { scenario } = scenarioOf({ websocket: { cpu: [30, 30] }, tcp: { cpu: [20, 20] } });
  const [finding] = findComparisons(scenario);
  expect(finding?.title).toBe('WebSocket over Raw TCP, the floor');
  expect(finding?.sentences).toEqual(['Beside one over Raw TCP, a message takes 1.5× the server CPU.']);
});

test('something beside nothing is no number, and nothing beside something is none', () => {
  const asking = scenarioOf({ sse: { requests: [0, 0] }, ndjson: { requests: [1, 1] } });
  expect(findComparisons(asking.scenario)[0]?.sentences[0]).toContain('requests (SSE needs none)');
  const silent = scenarioOf({ sse: { requests: [1, 1] }, ndjson: { requests: [0, 0] } });
  expect(findComparisons(silent.scenario)[0]?.sentences[0]).toContain('takes no requests');
});

test('a slope below nothing is no amount: neither sentence, digest nor title makes one of it', () => {
  const { analysis, scenario } = scenarioOf({
    sse: { cpu: [10, 10], connectCpu: [-5] },
    ndjson: { cpu: [20, 20], connectCpu: [5] },
  });
  expect(findComparisons(scenario)[0]?.sentences).toHaveLength(1);
  expect(find(analysis).digest.join()).not.toMatch(/[-−]\d/);
  expect(
    resultCharts(analysis)
      .map(({ title }) => title)
      .join(),
  ).not.toMatch(/[-−]\d|∞/);
});

test('a library is built on what the registry says, and stands beside all else', () => {
  const { scenario } = scenarioOf({ websocket: { cpu: [1, 1] }, 'socketio-websocket': { cpu: [2, 2] } });
  expect(findComparisons(scenario)[0]?.title).toBe('Socket.IO, WebSocket, built on WebSocket');
});

test('a ratio that could be either way is said to be undecided', () => {
  const { scenario } = scenarioOf({
    sse: { cpu: [10, 10] },
    ndjson: { cpu: (block) => (block % 2 === 0 ? [8, 8] : [14, 14]) },
  });
  expect(findComparisons(scenario)[0]?.sentences[0]).toContain('the server CPU (undecided)');
});

test('the digest tells the comparisons, not who is best of a field; no ranking is made of them', () => {
  const { analysis } = scenarioOf({
    sse: { cpu: [10, 10], connectCpu: [50] },
    ndjson: { cpu: [20, 30], connectCpu: [50] },
    multipart: { cpu: [5, 5], connectCpu: [100] },
  });
  const findings = find(analysis);
  expect(findings.digest).toEqual([
    'Lanes. The server CPU that a message takes: NDJSON 2× to 3× that of SSE; Multipart 0.5× that of SSE.',
    'Lanes. The server CPU that a connection takes: NDJSON the same as SSE; Multipart 2× that of SSE.',
  ]);
  expect(findings.steps).toEqual([]);
  expect(findings.headline).toContain('did not put the folk ranking to the test');
});

test('the table has a column for each two, and a row for each metric and cell that both have', () => {
  const { scenario } = scenarioOf({ sse: { cpu: [10, 20] }, ndjson: { cpu: [30, 40] } });
  expect(comparisonTable(scenario)).toEqual({
    columns: ['NDJSON / SSE'],
    rows: [
      { title: 'Server CPU per delivery · 20/s', cells: ['3× (3–3)'] },
      { title: 'Server CPU per delivery · 200/s', cells: ['2× (2–2)'] },
    ],
  });
});

test('a chart has a row for each lane, and the floor goes down through all of them', () => {
  const { analysis } = scenarioOf({
    sse: { cpu: [30, 35] },
    websocket: { cpu: [20, 25] },
    tcp: { cpu: [15, 16] },
  });
  const [chart] = resultCharts(analysis);
  expect(chart?.id).toBe('lanes-cpu');
  const { data, options } = chart?.configure(LIGHT) ?? {};
  const labelOf = options?.scales?.['y']?.ticks?.callback;
  expect([0, 1, 2].map((row) => labelOf?.call({} as never, row, row, []))).toEqual([
    'SSE',
    'WebSocket',
    'Raw TCP',
  ]);
  const rows = data?.datasets
    .slice(0, 3)
    .map(({ data: points }) => points.map((point) => Math.round(yOf(point)) + 0));
  expect(rows).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  const floors = data?.datasets.filter(({ label }) => label === 'Raw TCP, the floor');
  expect(floors?.map(({ data: [first, last] }) => [xOf(first), xOf(last), yOf(last)])).toEqual([
    [67.5, 67.5, 2.6],
    [72, 72, 2.6],
  ]);
});

test('what is nothing stands at the edge of a logarithmic axis, and its figure says so', () => {
  const { analysis } = scenarioOf({
    'long-poll': { requests: [1, 1] },
    'short-poll': { requests: [0.01, 0.01] },
    sse: { requests: [0, 0] },
    ndjson: { requests: [0, 0] },
  });
  const [chart] = resultCharts(analysis);
  const { data, options } = chart?.configure(LIGHT) ?? {};
  const x = options?.scales?.['x'];
  expect(x?.type).toBe('logarithmic');
  const sse = data?.datasets.find(({ label }) => label === 'SSE');
  expect(sse?.data[0]).toMatchObject({ x: x?.min, figure: '0' });
});

function xOf(point: unknown): number {
  return (point as { x: number }).x;
}

function yOf(point: unknown): number {
  return (point as { y: number }).y;
}
