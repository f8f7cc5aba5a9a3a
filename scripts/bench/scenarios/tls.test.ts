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
    for (const measurement of trial.measurements) measurements.set(measurement.lane, measurement);
  }
  expect([...measurements.keys()].sort()).toEqual(design.lanes.map(({ id }) => id).sort());
  const value = (lane: string, metric: string) => measurements.get(lane)?.values[metric] ?? Number.NaN;

  const [plain, secure] = ['websocket', 'websocket-tls'];
  // The two counts begin and end within a moment of each other: a message or two at the edges.
  expect(value(plain, 'lineBytes') / value(plain, 'bytes')).toBeGreaterThan(0.85);
  expect(value(plain, 'lineBytes') / value(plain, 'bytes')).toBeLessThan(1.15);
  expect(value(secure, 'lineBytes')).toBeGreaterThan(value(plain, 'lineBytes'));
  for (const lane of [plain, secure]) expect(value(lane, 'cpu')).toBeGreaterThan(0);

  const bytes = ['tcp', 'resumed', 'tls'].map((kind) => value(`connect-${kind}`, 'connectBytes'));
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  // A certificate and its signature are what a resumed session does without.
  expect((bytes[2] ?? 0) - (bytes[1] ?? 0)).toBeGreaterThan(300);
}, 60_000);
