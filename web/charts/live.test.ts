import { describe, expect, it } from 'vitest';
import { TRANSPORT_NAMES, TRANSPORTS } from '../../server/wire.ts';
import { costChart, latencyChart } from './live.ts';
import { LIGHT, pointOf } from './style.ts';

describe('the latency chart', () => {
  const points = [
    { x: -1, meanMs: 5, p10Ms: 2, p90Ms: 9 },
    { x: 0, meanMs: undefined, p10Ms: undefined, p90Ms: undefined },
  ];

  it('has a line for each transport, in its colour and with its marker, and one for the model', () => {
    const config = latencyChart(
      TRANSPORT_NAMES.map((name) => ({ name, points, modelMs: 4 })),
      LIGHT,
    );
    for (const name of TRANSPORT_NAMES) {
      const { title, colour, marker } = TRANSPORTS[name];
      const measured = config.data.datasets.find(({ label }) => label === title);
      expect(measured).toMatchObject({ borderColor: colour, ...pointOf(marker) });
      expect(measured?.data).toEqual([
        { x: -1, y: 5 },
        { x: 0, y: Number.NaN },
      ]);
      const model = config.data.datasets.find(({ label }) => label === `${name} model`);
      expect(model?.data).toEqual([
        { x: -60, y: 4 },
        { x: 0, y: 4 },
      ]);
    }
  });

  it('shows no model where there is none, and nothing below what a logarithm can', () => {
    const zero = [{ x: 0, meanMs: -0.2, p10Ms: 0, p90Ms: 0 }];
    const { datasets } = latencyChart([{ name: 'sse', points: zero, modelMs: undefined }], LIGHT).data;
    expect(datasets.find(({ label }) => label === 'sse model')?.data).toEqual([]);
    expect(datasets.flatMap(({ data }) => data).every((point) => (point as { y: number }).y > 0)).toBe(true);
  });
});

it('a cost chart stacks parts in order, and marks the model', () => {
  const config = costChart(
    {
      title: 'Bytes',
      parts: ['message', 'headers'],
      bars: [
        { name: 'sse', values: [10, 20], model: 25 },
        { name: 'websocket', values: undefined, model: undefined },
      ],
    },
    LIGHT,
  );
  expect(config.data.labels).toEqual(['SSE', 'WebSocket']);
  expect(config.data.datasets.map(({ label, data }) => [label, data])).toEqual([
    ['Model', [25, Number.NaN]],
    ['message', [10, Number.NaN]],
    ['headers', [20, Number.NaN]],
  ]);
});
