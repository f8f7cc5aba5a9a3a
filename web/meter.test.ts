import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../server/wire.ts';
import type { ConnectionState, RequestOutcome } from './clients/client.ts';
import { Meter } from './meter.ts';

const message = (seq: number, at = 0): Message => ({ seq, at, type: 'tick', data: null });

function receive(meter: Meter, seqs: readonly number[], epoch = 'e'): void {
  for (const seq of seqs) meter.message(message(seq), `${epoch}-${seq}`, 1);
}

const state = (meter: Meter, ...states: readonly ConnectionState[]): void => {
  for (const one of states) meter.activity({ kind: 'state', state: one, at: 0 });
};

describe('order and loss', () => {
  it('counts a sequence that is whole', () => {
    const meter = new Meter();
    receive(meter, [7, 8, 9]);
    expect(meter.snapshot(1)).toMatchObject({ received: 3, missing: 0, duplicates: 0, reordered: 0 });
  });

  it('counts holes as missing until they are filled, and then as reordered', () => {
    const meter = new Meter();
    receive(meter, [1, 5]);
    expect(meter.snapshot(1)).toMatchObject({ received: 2, missing: 3 });
    receive(meter, [3, 3]);
    expect(meter.snapshot(1)).toMatchObject({ received: 3, missing: 2, reordered: 1, duplicates: 1 });
  });

  it('sees a hole right at the start where it knows where the subscriber stood', () => {
    const meter = new Meter();
    meter.startAt('e-4');
    receive(meter, [7]);
    expect(meter.snapshot(1).missing).toBe(2);
  });

  it('does not blame what a gap has announced', () => {
    const meter = new Meter();
    receive(meter, [1, 2]);
    meter.gap({ missed: 5, cursor: 'e-7' });
    receive(meter, [8]);
    expect(meter.snapshot(1)).toMatchObject({ gaps: 1, announcedLost: 5, missing: 0, received: 3 });
  });

  it('blames what a gap passes over in silence', () => {
    const meter = new Meter();
    receive(meter, [1, 2]);
    meter.gap({ missed: 3, cursor: 'e-7' });
    expect(meter.snapshot(1)).toMatchObject({ announcedLost: 3, missing: 2 });
  });

  it('goes on in a new epoch that a gap has announced', () => {
    const meter = new Meter();
    receive(meter, [1, 2], 'one');
    meter.gap({ missed: null, cursor: 'two-0' });
    receive(meter, [1, 2], 'two');
    expect(meter.snapshot(1)).toMatchObject({ received: 4, missing: 0, duplicates: 0, unknownGaps: 1 });
  });

  it('counts what a new epoch held before, where no gap has announced it', () => {
    const meter = new Meter();
    receive(meter, [1, 2], 'one');
    receive(meter, [4], 'two');
    expect(meter.snapshot(1)).toMatchObject({ received: 3, missing: 3 });
  });

  it('compares across a reset', () => {
    const meter = new Meter();
    receive(meter, [1, 3]);
    meter.reset();
    receive(meter, [2, 6]);
    expect(meter.snapshot(1)).toMatchObject({ received: 2, reordered: 1, missing: 2, duplicates: 0 });
  });

  it('does not miss what was published while there was no subscription', () => {
    const meter = new Meter();
    receive(meter, [1, 2]);
    meter.nextSubscription();
    receive(meter, [9]);
    meter.nextSubscription('e-9');
    receive(meter, [11]);
    expect(meter.snapshot(1)).toMatchObject({ received: 4, missing: 1 });
  });

  it('accounts for each message once, whatever the order and however often', () => {
    const seqs = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(seqs, (received) => {
        const meter = new Meter();
        meter.startAt('e-0');
        receive(meter, received);
        const different = new Set(received).size;
        const counts = meter.snapshot(1);
        expect(counts.received).toBe(different);
        expect(counts.duplicates).toBe(received.length - different);
        expect(counts.missing).toBe(Math.max(...received) - different);
      }),
    );
  });
});

describe('latency', () => {
  it('runs from when a message was due to when it was in hand', () => {
    const meter = new Meter();
    for (let i = 1; i <= 100; i++) meter.message(message(i, 1000), `e-${i}`, 1000 + i);
    const { latency } = meter.snapshot(1100);
    expect(latency).toMatchObject({ count: 100, meanMs: 50.5, maxMs: 100, negative: 0 });
    expect(latency?.p50Ms).toBeCloseTo(50, 1);
    expect(latency?.p99Ms).toBeCloseTo(99, 1);
  });

  it('owns up to latencies below zero', () => {
    const meter = new Meter();
    meter.message(message(1, 1000), 'e-1', 999.5);
    expect(meter.snapshot(1000)).toMatchObject({ nowMs: -0.5, latency: { negative: 1, meanMs: 0 } });
  });

  it('takes the last two seconds for "now", or else the newest there is', () => {
    const meter = new Meter();
    meter.message(message(1, 0), 'e-1', 500);
    meter.message(message(2, 3000), 'e-2', 3010);
    expect(meter.snapshot(3010).nowMs).toBe(10);
    expect(meter.snapshot(9000).nowMs).toBe(10);
    expect(meter.snapshot(90_000).nowMs).toBeUndefined();
  });

  it('is undefined before the first message, and bounded after many', () => {
    const meter = new Meter({ windowSamples: 10, windowMs: 50 });
    expect(meter.snapshot(0)).toMatchObject({ latency: undefined, requestsPerMessage: undefined });
    for (let i = 1; i <= 1000; i++) meter.message(message(i, i), `e-${i}`, i);
    expect(meter.window.size).toBe(10);
    meter.message(message(1001, 2000), 'e-1001', 2000);
    expect(meter.window.size).toBe(1);
  });

  it('takes what is longer than it can tell apart', () => {
    const meter = new Meter();
    meter.message(message(1, 0), 'e-1', 1e9);
    expect(meter.snapshot(1e9).latency?.maxMs).toBe(1e9);
  });
});

describe('requests and the line', () => {
  it('counts requests by how they ended', () => {
    const meter = new Meter();
    const outcomes: readonly RequestOutcome[] = ['messages', 'empty', 'empty', 'failed', 'ended'];
    outcomes.forEach((outcome, id) => {
      meter.activity({ kind: 'request', id, at: 0 });
      meter.activity({ kind: 'response', id, at: 1, outcome, messages: 0 });
    });
    meter.activity({ kind: 'request', id: 9, at: 2 });
    receive(meter, [1, 2]);
    const expected = { requests: 6, answered: 1, empty: 2, failed: 1, ended: 1, pending: 1 };
    expect(meter.snapshot(1)).toMatchObject({ ...expected, requestsPerMessage: 3 });
    meter.nextSubscription();
    expect(meter.snapshot(1)).toMatchObject({ requests: 6, pending: 0 });
  });

  it('counts a reconnect when the line is open again, not when it was first', () => {
    const meter = new Meter();
    state(meter, 'connecting', 'waiting', 'connecting', 'open');
    expect(meter.snapshot(1).reconnects).toBe(0);
    state(meter, 'cut', 'connecting', 'waiting', 'connecting', 'open', 'waiting', 'open');
    expect(meter.snapshot(1).reconnects).toBe(2);
    state(meter, 'closed', 'connecting', 'open');
    expect(meter.snapshot(1)).toMatchObject({ reconnects: 2, state: 'open' });
  });

  it('keeps the reason of a loss until the line is open again', () => {
    const meter = new Meter();
    meter.activity({ kind: 'state', state: 'waiting', at: 0, error: 'gone' });
    state(meter, 'connecting');
    expect(meter.snapshot(1).error).toBe('gone');
    state(meter, 'open');
    expect(meter.snapshot(1).error).toBeUndefined();
  });
});
