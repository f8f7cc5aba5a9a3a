import { expect, test } from 'vitest';
import type { Receipt } from '../wire.ts';
import { boundWaiting } from './bounded-bus.ts';
import type { Bus, BusDraft } from './bus.ts';

const MIB = 1024 ** 2;
const RECEIPT: Receipt = { seq: 1, at: 0, cursor: 'e-1' };

/** A bus that gives messages their places when it is told to, the oldest first. */
function slowBus() {
  const waiting: (() => void)[] = [];
  const bus: Bus = {
    join: () => undefined,
    leave: () => undefined,
    publish: () => new Promise((resolve) => waiting.push(() => resolve(RECEIPT))),
    close: async () => undefined,
  };
  const told: string[] = [];
  return { bus: boundWaiting(bus, (error) => told.push(String(error))), waiting, told };
}

const draft = (mib: number): BusDraft => ({ at: 0, type: 't', body: { bytes: Buffer.alloc(mib * MIB) } });

test('what waits for its place is bounded; who comes too many is told to come back, and can', async () => {
  const { bus, waiting, told } = slowBus();
  const first = bus.publish('lab', draft(40));
  const second = bus.publish('lab', draft(20));
  const refused = expect.objectContaining({ code: 'bus-away', retryAfterMs: expect.any(Number) });
  for (let n = 0; n < 3; n++) await expect(bus.publish('lab', draft(10))).rejects.toEqual(refused);
  expect(told).toEqual([expect.stringContaining('What comes beyond is refused.')]);
  waiting.shift()?.();
  await expect(first).resolves.toEqual(RECEIPT);
  const third = bus.publish('lab', draft(10));
  for (const place of waiting) place();
  await expect(Promise.all([second, third])).resolves.toEqual([RECEIPT, RECEIPT]);
});

test('one message is taken whatever its size, and many small ones are too many', async () => {
  const { bus, waiting } = slowBus();
  const large = bus.publish('lab', draft(100));
  waiting.shift()?.();
  await expect(large).resolves.toEqual(RECEIPT);
  const outcomes = Promise.allSettled(Array.from({ length: 200_000 }, () => bus.publish('lab', draft(0))));
  for (const place of waiting) place();
  const taken = (await outcomes).filter(({ status }) => status === 'fulfilled').length;
  expect(taken).toBe(waiting.length);
  expect(taken).toBeLessThan(200_000);
});
