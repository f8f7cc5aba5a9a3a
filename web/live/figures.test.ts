import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../sliding-window.ts';
import { better } from './clock.ts';
import { baseMs, expectation } from './expectation.ts';
import { formatBytes, formatLatency, formatMs, formatRatio, inWords } from './format.ts';
import { PublisherHealth } from './publisher.ts';
import { extendSeries, SERIES_STEPS } from './series.ts';
import { DEFAULT_VIEW } from './settings.ts';
import { EnvelopeMean, TrafficCounter } from './traffic.ts';

const totals = (bytesIn: number, bytesOut: number) => ({
  bytesIn,
  bytesOut,
  headerBytesIn: bytesIn,
  headerBytesOut: 0,
});

describe('bytes', () => {
  it('count from the reset', () => {
    const counter = new TrafficCounter();
    counter.read(totals(10, 100), 1);
    expect(counter.figures).toEqual({ bytesUp: 10, bytesDown: 100, headerBytes: 10, messages: 1 });
    counter.reset(totals(15, 150));
    expect(counter.figures).toBeUndefined();
    counter.read(totals(16, 170), 2);
    expect(counter.figures).toEqual({ bytesUp: 1, bytesDown: 20, headerBytes: 1, messages: 2 });
  });

  it('go on counting where the server started anew', () => {
    const counter = new TrafficCounter();
    counter.read(totals(10, 100), 1);
    counter.read(totals(3, 30), 2);
    expect(counter.figures).toMatchObject({ bytesUp: 13, bytesDown: 130 });
  });

  it('of messages by themselves are a mean since the reset', () => {
    const mean = new EnvelopeMean();
    expect(mean.read({ published: 5, envelopeBytes: 500 })).toBeUndefined();
    expect(mean.read({ published: 7, envelopeBytes: 800 })).toBe(150);
    expect(mean.read({ published: 2, envelopeBytes: 100 })).toBe(50);
    mean.reset();
    expect(mean.read(undefined)).toBeUndefined();
  });
});

describe('the clock', () => {
  const reading = (offsetMs: number, errorMs: number, measuredAt: number) => ({
    offsetMs,
    errorMs,
    measuredAt,
  });

  it('keeps a good reading when a disturbed one follows', () => {
    const kept = better(reading(5, 0.2, 0), reading(7, 3, 30_000));
    expect(kept.offsetMs).toBe(5);
    expect(kept.errorMs).toBeCloseTo(1.7);
  });

  it('takes a better one, and any that rules the known one out', () => {
    expect(better(reading(5, 0.2, 0), reading(5.1, 0.1, 1000)).offsetMs).toBe(5.1);
    expect(better(reading(5, 0.2, 0), reading(900, 3, 1000)).offsetMs).toBe(900);
    expect(better(undefined, reading(1, 9, 0)).offsetMs).toBe(1);
  });
});

it("the publisher's rate and lag are those of the last seconds, also after a restart", () => {
  const health = new PublisherHealth();
  expect(health.read(0, { published: 100, lagSumMs: 50, lagMaxMs: 1 })).toBeUndefined();
  expect(health.read(1000, { published: 120, lagSumMs: 60, lagMaxMs: 1 })).toEqual({
    ratePerSecond: 20,
    lagMs: 0.5,
  });
  expect(health.read(2000, { published: 3, lagSumMs: 9, lagMaxMs: 9 })).toBeUndefined();
  expect(health.read(3000, { published: 3, lagSumMs: 9, lagMaxMs: 9 })).toEqual({
    ratePerSecond: 0,
    lagMs: undefined,
  });
});

describe('the latency series', () => {
  it('has a step a second, looks back three, and leaves holes where nothing came', () => {
    const window = new SlidingWindow(100);
    window.push(1500, 10);
    window.push(2500, 30);
    const first = extendSeries([], window, 3100);
    expect(first).toEqual([{ at: 3000, meanMs: 20, p10Ms: 10, p90Ms: 30 }]);
    expect(extendSeries(first, window, 3900)).toBe(first);
    const later = extendSeries(first, window, 6050);
    expect(later.map(({ meanMs }) => meanMs)).toEqual([20, 20, 30, undefined]);
  });

  it('keeps a minute', () => {
    const series = extendSeries(extendSeries([], new SlidingWindow(1), 1000), new SlidingWindow(1), 500_000);
    expect(series).toHaveLength(SERIES_STEPS);
    expect(series.at(-1)?.at).toBe(500_000);
  });
});

describe('what is expected', () => {
  const basis = { shortestRoundTripMs: 2, roundTripMs: 4, publisherLagMs: 0.5 };
  const workload = { topic: 'lab', payloadBytes: 0, kind: 'text', arrival: 'poisson', seed: 1 } as const;

  it('rests on the path and the publisher, and on the settings', () => {
    expect(baseMs(basis)).toBe(1.5);
    const at20 = { ...workload, ratePerSecond: 20 };
    expect(expectation('websocket', basis, at20, DEFAULT_VIEW, 0)?.latencyMs).toBe(1.5);
    expect(expectation('short-poll', basis, at20, DEFAULT_VIEW, undefined)).toMatchObject({
      latencyMs: 501.5,
      requestsPerMessage: 0.05,
    });
    expect(expectation('long-poll', basis, at20, DEFAULT_VIEW, 1)?.latencyMs).toBeGreaterThan(1.5);
  });

  it('is nothing where nothing is published', () => {
    expect(expectation('sse', basis, { ...workload, ratePerSecond: 0 }, DEFAULT_VIEW, 0)).toBeUndefined();
  });
});

describe('figures as text', () => {
  it('latencies have three digits, and never an unexplained sign', () => {
    expect([0.1234, 1.5, 12.34, 99.96, 456.7, 999.6, 12_345].map((ms) => inWords(formatMs(ms)))).toEqual([
      '0.12 ms',
      '1.50 ms',
      '12.3 ms',
      '100 ms',
      '457 ms',
      '1.00 s',
      '12.3 s',
    ]);
    expect(formatLatency(-0.3, 0.8).value).toBe('<0.80');
    expect(formatLatency(undefined, 0).value).toBe('–');
  });

  it('bytes and ratios', () => {
    expect([0, 999, 1000, 99_960, 999_600].map((bytes) => inWords(formatBytes(bytes)))).toEqual([
      '0 B',
      '999 B',
      '1.00 kB',
      '100 kB',
      '1.00 MB',
    ]);
    expect([0, 1, 0.5, 0.0123, 12.3, 0.00001].map(formatRatio)).toEqual([
      '0',
      '1.0',
      '0.50',
      '0.012',
      '12',
      '<0.0001',
    ]);
  });
});
