import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Entry } from './entry.ts';
import { Log, type LogBounds, type ReadLimit } from './log.ts';

const EPOCH = 'e1';
const WIDE: ReadLimit = { messages: 1000, bytes: 1024 * 1024 };

function entry(seq: number, data = seq as unknown): Entry {
  return new Entry({ epoch: EPOCH, seq, at: 1000 + seq, type: 't', body: { json: JSON.stringify(data) } });
}

function filledLog(count: number, bounds: LogBounds = { messages: 1000, bytes: 1e9 }): Log {
  const log = new Log(EPOCH, bounds);
  for (let seq = 1; seq <= count; seq++) log.append(entry(seq));
  return log;
}

const at = (seq: number, epoch = EPOCH) => ({ epoch, seq });
const seqsOf = (entries: readonly Entry[]) => entries.map(({ seq }) => seq);

describe('bounds', () => {
  test('the log holds the newest entries up to its count', () => {
    const log = filledLog(10, { messages: 3, bytes: 1e9 });
    expect(log.length).toBe(3);
    expect(seqsOf(log.read(log.start, WIDE).page.entries)).toEqual([8, 9, 10]);
  });

  test('the log holds the newest entries up to its bytes, and the newest one whatever its size', () => {
    const size = entry(1).envelope.length;
    const log = filledLog(9, { messages: 100, bytes: 3 * size });
    expect(seqsOf(log.read(log.start, WIDE).page.entries)).toEqual([7, 8, 9]);
    log.append(entry(10, 'x'.repeat(1000)));
    expect(log.length).toBe(1);
    expect(log.bytes).toBe(entry(10, 'x'.repeat(1000)).envelope.length);
  });

  test('a page ends at its count or its bytes, whichever comes first, but never before its first entry', () => {
    const log = filledLog(9);
    const size = entry(1).envelope.length;
    expect(seqsOf(log.read(at(0), { messages: 2, bytes: 1e9 }).page.entries)).toEqual([1, 2]);
    expect(seqsOf(log.read(at(2), { messages: 9, bytes: 3 * size }).page.entries)).toEqual([3, 4, 5]);
    expect(seqsOf(log.read(at(2), { messages: 9, bytes: 1 }).page.entries)).toEqual([3]);
  });
});

describe('reading', () => {
  test('a reader at the end gets an empty page and stays where it is', () => {
    const log = filledLog(5);
    const { gap, page } = log.read(at(5), WIDE);
    expect({ gap, entries: page.entries, end: page.end }).toEqual({
      gap: undefined,
      entries: [],
      end: at(5),
    });
    expect(log.hasAfter(at(5))).toBe(false);
    expect(log.hasAfter(at(4))).toBe(true);
  });

  test('a reader that the log has left behind is told exactly how many it has missed', () => {
    const log = filledLog(10, { messages: 3, bytes: 1e9 });
    expect(log.read(at(2), WIDE).gap).toEqual({ missed: 5, cursor: 'e1-7' });
    expect(log.read(at(6), WIDE).gap).toEqual({ missed: 1, cursor: 'e1-7' });
    expect(log.read(at(7), WIDE).gap).toBeUndefined();
  });

  test('a reader from another epoch is told that it has missed an unknown number, and gets all there is', () => {
    const log = filledLog(2);
    const { gap, page } = log.read(at(7, 'e0'), WIDE);
    expect(gap).toEqual({ missed: null, cursor: 'e1-0' });
    expect(seqsOf(page.entries)).toEqual([1, 2]);
    expect(log.hasAfter(at(2, 'e0'))).toBe(true);
  });

  test('readers at the same place share one page, until something is appended', () => {
    const log = filledLog(5);
    const { page } = log.read(at(2), WIDE);
    expect(log.read(at(2), WIDE).page).toBe(page);
    log.append(entry(6));
    expect(log.read(at(2), WIDE).page).not.toBe(page);
  });

  test('a page that was handed out does not change when the log moves on', () => {
    const log = filledLog(3, { messages: 3, bytes: 1e9 });
    const { page } = log.read(at(0), WIDE);
    for (let seq = 4; seq <= 9; seq++) log.append(entry(seq));
    expect(seqsOf(page.entries)).toEqual([1, 2, 3]);
  });
});

test('an entry out of sequence or of another epoch is not taken', () => {
  const log = filledLog(2);
  expect(() => log.append(entry(4))).toThrow(RangeError);
  expect(() => log.append(entry(2))).toThrow(RangeError);
  expect(() => log.append(new Entry({ epoch: 'e2', seq: 3, at: 0, type: 't', body: { json: '1' } }))).toThrow(
    RangeError,
  );
});

test('whatever is appended and read, the log answers as a plain array of all entries would', () => {
  const bounds = fc.record({
    messages: fc.integer({ min: 1, max: 8 }),
    bytes: fc.integer({ min: 1, max: 500 }),
  });
  const sizes = fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 40 });
  const limit = fc.record({
    messages: fc.integer({ min: 1, max: 5 }),
    bytes: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(bounds, sizes, limit, fc.nat(40), (logBounds, payloads, readLimit, from) => {
      const log = new Log(EPOCH, logBounds);
      const all = payloads.map((size, i) => entry(i + 1, 'x'.repeat(size)));
      for (const one of all) log.append(one);
      // The model: the longest tail within both bounds, never empty where there is anything.
      let held = all.slice(-logBounds.messages);
      const bytesOf = (some: readonly Entry[]) =>
        some.reduce((sum, { envelope }) => sum + envelope.length, 0);
      while (held.length > 1 && bytesOf(held) > logBounds.bytes) held = held.slice(1);
      expect(log.length).toBe(held.length);
      expect(log.bytes).toBe(bytesOf(held));

      const position = Math.min(from, all.length);
      const { gap, page } = log.read(at(position), readLimit);
      const before = all.length - held.length;
      expect(gap?.missed ?? 0).toBe(Math.max(0, before - position));
      const rest = all.slice(Math.max(position, before));
      expect(page.entries).toEqual(rest.slice(0, page.entries.length));
      expect(page.entries.length).toBeLessThanOrEqual(readLimit.messages);
      if (rest.length > 0) expect(page.entries.length).toBeGreaterThan(0);
      if (page.entries.length > 1) expect(bytesOf(page.entries)).toBeLessThanOrEqual(readLimit.bytes);
      expect(page.end.seq).toBe(page.entries.at(-1)?.seq ?? Math.max(position, before));
    }),
    { numRuns: 500 },
  );
});
