import { mean, sampleVariance } from 'simple-statistics';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EARLIEST, type Workload } from '../wire.ts';
import { Feed } from './feed.ts';
import { createMemoryBus } from './memory-bus.ts';
import { createWorkload } from './workload.ts';

const SETTINGS: Workload = {
  topic: 'lab',
  ratePerSecond: 100,
  payloadBytes: 16,
  kind: 'text',
  arrival: 'poisson',
  seed: 1,
};
const failed = (error: unknown) => {
  throw error;
};

interface Tick {
  readonly at: number;
  readonly data: string;
}

/** What a publisher with these settings publishes in so many seconds of a clock that the test drives. */
async function run(
  settings: Workload,
  seconds: number,
): Promise<{ ticks: Tick[]; lagMaxMs: number; start: number }> {
  const feed = createFeed();
  const start = performance.timeOrigin + performance.now();
  const workload = createWorkload(feed, settings, failed);
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  workload.stop();
  return { ticks: ticksOf(feed, settings.topic), lagMaxMs: workload.stats.lagMaxMs, start };
}

function createFeed(): Feed {
  const log = { messages: 1_000_000, bytes: 1e9 };
  return new Feed(createMemoryBus(), { log, coalesceMs: 0, topics: 10, messageBytes: 100_000 }, failed);
}

function ticksOf(feed: Feed, name: string): Tick[] {
  const topic = feed.topic(name);
  const { page } = topic.read(topic.locate(EARLIEST), { messages: 1_000_000, bytes: 1e9 });
  return page.entries.map(({ envelope }) => JSON.parse(envelope.toString()));
}

const gapsOf = (ticks: readonly Tick[]) => ticks.slice(1).map(({ at }, i) => at - ticks[i]!.at);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('arrivals', () => {
  test('Poisson: gaps have the mean and the variance of an exponential distribution', async () => {
    const { ticks } = await run(SETTINGS, 100);
    const gaps = gapsOf(ticks);
    const n = gaps.length;
    // About 10,000 gaps of mean 10 ms: the mean has a standard error of m/√n, the variance one of m²·√(8/n)
    // (the fourth central moment of an exponential is 9m⁴). Four of them: one seed in 16,000 would fail.
    expect(Math.abs(mean(gaps) - 10)).toBeLessThan((4 * 10) / Math.sqrt(n));
    expect(Math.abs(sampleVariance(gaps) - 100)).toBeLessThan(4 * 100 * Math.sqrt(8 / n));
    expect(Math.abs(n - 10_000)).toBeLessThan(4 * Math.sqrt(10_000));
  });

  test('periodic: every gap is the same, and no error adds up', async () => {
    const { ticks } = await run({ ...SETTINGS, arrival: 'periodic' }, 100);
    for (const gap of gapsOf(ticks)) expect(gap).toBeCloseTo(10, 2);
    const [first] = ticks;
    expect(ticks.at(-1)!.at - first!.at).toBeCloseTo(10 * (ticks.length - 1), 2);
  });

  test('the schedule is absolute: what the event loop held up is published late, with the time it was due', async () => {
    const feed = createFeed();
    const workload = createWorkload(feed, { ...SETTINGS, arrival: 'periodic' }, failed);
    await vi.advanceTimersByTimeAsync(15);
    // The clock moves on by 500 ms without any timer running, as when something else holds the event loop.
    const stuckUntil = performance.now() + 500;
    vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(Math.round(stuckUntil * 1e6)));
    await vi.advanceTimersByTimeAsync(20);
    workload.stop();
    vi.restoreAllMocks();
    const ticks = ticksOf(feed, 'lab');
    expect(ticks.length).toBeGreaterThanOrEqual(50);
    for (const gap of gapsOf(ticks)) expect(gap).toBeCloseTo(10, 2);
    expect(workload.stats.lagMaxMs).toBeGreaterThan(400);
  });

  test('a rate so low that no timer is long enough does not fire at once', async () => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    const { ticks } = await run({ ...SETTINGS, ratePerSecond: 1e-9, arrival: 'periodic' }, 10);
    expect(ticks).toEqual([]);
    for (const [, ms] of setTimer.mock.calls) expect(ms).toBeLessThan(2 ** 31);
    setTimer.mockRestore();
  });
});

describe('settings', () => {
  test('binary: as many random bytes, different from message to message', async () => {
    const { ticks } = await run({ ...SETTINGS, kind: 'binary', payloadBytes: 100 }, 1);
    const data = ticks.map((tick) => (tick as unknown as { base64: string }).base64);
    expect(data.length).toBeGreaterThan(50);
    for (const base64 of data) expect(Buffer.from(base64, 'base64')).toHaveLength(100);
    expect(new Set(data).size).toBe(data.length);
    const bytes = Buffer.concat(data.map((base64) => Buffer.from(base64, 'base64')));
    expect(new Set(bytes).size).toBe(256);
  });

  test('the same seed gives the same gaps and the same data; another gives others', async () => {
    const one = await run(SETTINGS, 1);
    const again = await run(SETTINGS, 1);
    const other = await run({ ...SETTINGS, seed: 2 }, 1);
    const dataOf = (ticks: readonly Tick[]) => ticks.slice(0, 50).map(({ data }) => data);
    expect(dataOf(again.ticks)).toEqual(dataOf(one.ticks));
    expect(dataOf(other.ticks)).not.toEqual(dataOf(one.ticks));
    const [gaps, gapsAgain] = [gapsOf(one.ticks), gapsOf(again.ticks)];
    for (let i = 0; i < 50; i++) expect(gapsAgain[i]).toBeCloseTo(gaps[i]!, 2);
  });

  test.each([0, 1, 120, 65_536])('data has %i bytes', async (payloadBytes) => {
    const { ticks } = await run({ ...SETTINGS, payloadBytes }, 0.2);
    expect(ticks.length).toBeGreaterThan(0);
    for (const { data } of ticks) expect(Buffer.byteLength(data)).toBe(payloadBytes);
  });

  test('a rate of 0 publishes nothing, and new settings take effect at once', async () => {
    const feed = createFeed();
    const workload = createWorkload(feed, { ...SETTINGS, ratePerSecond: 0 }, failed);
    await vi.advanceTimersByTimeAsync(1000);
    expect(workload.stats.published).toBe(0);
    workload.set({ ...SETTINGS, topic: 'other' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(ticksOf(feed, 'other').length).toBe(workload.stats.published);
    expect(workload.stats.published).toBeGreaterThan(50);
    workload.stop();
    const { published } = workload.stats;
    await vi.advanceTimersByTimeAsync(1000);
    expect(workload.stats.published).toBe(published);
  });
});
