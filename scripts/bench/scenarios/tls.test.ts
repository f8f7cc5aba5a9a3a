import { expect, test } from 'vitest';
import type { Measurement } from '../../../web/results/schema.ts';
import { runTrial } from '../trial.ts';
import { tls } from './tls.ts';

test('bytes are counted on the line: as many as the server counts, and more with TLS; so are handshakes', async () => {
  const { subjects, design } = await tls.plan({
    quick: true,
    short: true,
    blocks: 1,
    seed: 1,
    transports: ['websocket'],
    clients: [5],
    ratesPerSecond: [100],
    intervalsMs: undefined,
    payloadBytes: 120,
  });
  const measurements = new Map<string, Measurement>();
  for (const subject of subjects) {
    const place = { block: 0, repetition: 0, position: 0, seed: 1 };
    const trial = await runTrial(subject, place, () => undefined, new AbortController().signal);
    expect(trial.outcome.state, JSON.stringify(trial.outcome)).not.toBe('failed');
    for (const measurement of trial.measurements)
      for (const cell of measurement.cells) measurements.set(cell, measurement);
  }
  expect([...measurements.keys()].sort()).toEqual(design.cells.map(({ id }) => id).sort());
  const value = (cell: string, metric: string) => measurements.get(cell)?.values[metric] ?? Number.NaN;

  const [plain, secure] = ['rate100-clients5-plain', 'rate100-clients5-tls'];
  // The two counts begin and end within a moment of each other: a message or two at the edges.
  expect(value(plain, 'lineBytes') / value(plain, 'bytes')).toBeGreaterThan(0.85);
  expect(value(plain, 'lineBytes') / value(plain, 'bytes')).toBeLessThan(1.15);
  expect(value(secure, 'lineBytes')).toBeGreaterThan(value(plain, 'lineBytes'));
  for (const cell of [plain, secure]) expect(value(cell, 'cpu')).toBeGreaterThan(0);

  const bytes = ['none', 'resumed', 'full'].map((handshake) => value(`connect-${handshake}`, 'connectBytes'));
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  // A certificate and its signature are what a resumed session does without.
  expect((bytes[2] ?? 0) - (bytes[1] ?? 0)).toBeGreaterThan(300);
}, 60_000);
