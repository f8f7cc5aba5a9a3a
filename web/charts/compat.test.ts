import { expect, test } from 'vitest';
import { findCompat } from '../compat/findings.ts';
import { OUTCOME_LOOKS } from '../compat/outcomes.ts';
import { sampleCompat } from '../compat/testing/sample.ts';
import { compatCharts } from './compat.ts';
import type { OutcomePoint } from './outcome-signs.ts';
import type { ResultChart } from './results.ts';
import { DARK, LIGHT } from './style.ts';

const compat = sampleCompat();
const charts = compatCharts(compat, findCompat(compat));
const named = (id: string) => charts.find((chart) => chart.id === id)!;

test('a full run has the matrix of the techniques and of other lanes, the three scores, and the browsers’ dates', () => {
  expect(charts.map(({ id }) => id)).toEqual([
    'compat-matrix',
    'compat-matrix-further',
    'compat-delivered',
    'compat-uncut',
    'compat-browsers',
    'compat-support',
  ]);
});

test('what a run does not have is not drawn', () => {
  const bare = { ...compat, support: null };
  expect(compatCharts(bare, findCompat(bare)).map(({ id }) => id)).not.toContain('compat-support');
  const empty = { ...bare, paths: [] };
  expect(compatCharts(empty, findCompat(empty))).toEqual([]);
});

test('the matrix has a cell for each path, transport and server, in its outcome’s colour on either ground', () => {
  const matrix = named('compat-matrix') as ResultChart<'matrix'>;
  for (const ground of [LIGHT, DARK]) {
    const [dataset] = matrix.configure(ground).data.datasets;
    expect(dataset!.data).toHaveLength(14 * 8);
    const colour = dataset!.backgroundColor as (context: { raw: unknown }) => string;
    for (const raw of dataset!.data as OutcomePoint[]) {
      expect(colour({ raw })).toBe(OUTCOME_LOOKS[raw.outcome][ground.scheme].fill);
    }
  }
  expect(matrix.title).toBe(
    'All 4 techniques deliver on 1 with a polite server, 1 with a naive server, of 3 products as shipped',
  );
  expect(matrix.description).toContain('NAT black hole: polite server: short poll whole');
});

test('lanes beside the techniques have a matrix of their own, where they were measured', () => {
  const further = named('compat-matrix-further') as ResultChart<'matrix'>;
  expect(further.configure(LIGHT).data.datasets[0]!.data).toHaveLength(13 * 2 * 3);
  expect(further.title).toBe(
    'Beside the techniques: Socket.IO, WebSocket 1 of 3; Socket.IO, polling 3 of 3; NDJSON 2 of 3 (products as shipped, naive server)',
  );
  const old = { ...compat, paths: compat.paths.filter(({ id }) => id === 'tls') };
  expect(compatCharts(old, findCompat(old)).map(({ id }) => id)).not.toContain('compat-matrix-further');
});

test('signs can be read on their grounds (contrast of 4.5 at least, WCAG 1.4.3)', () => {
  for (const { light, dark } of Object.values(OUTCOME_LOOKS)) {
    for (const { fill, ink } of [light, dark]) expect(contrast(fill, ink)).toBeGreaterThan(4.5);
  }
});

test('scores keep families and servers apart, and say how many paths each has', () => {
  const { data } = (named('compat-delivered') as ResultChart).configure(LIGHT);
  expect(data.labels?.[0]).toEqual(['Products as shipped', 'polite server', '3 paths']);
  expect(data.labels).toHaveLength(6);
  const websocket = data.datasets.at(-1)!;
  expect(websocket.data.map((value) => Math.round(Number(value)))).toEqual([33, 33, 100, 100, 75, 63]);
});

test('data from others is credited where it is drawn', () => {
  expect(named('compat-browsers').configure(LIGHT).options?.plugins?.subtitle?.text).toEqual([
    'Data: caniuse-lite 1.0.30001826 (CC-BY-4.0), @mdn/browser-compat-data 8.1.9 (CC0-1.0).',
  ]);
  expect(named('compat-support').title).toBe(
    'By MDN, the last browser to add EventSource: Edge (2020-01), WebSocket: Safari (2012-07)',
  );
});

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
