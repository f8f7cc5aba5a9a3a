import { describe, expect, test } from 'vitest';
import { TRANSPORTS } from '../../server/wire.ts';
import { sleep } from '../../web/clients/sleep.ts';
import type { Lab } from '../testing/lab.ts';
import { type Carried, carryThrough, WAYS_UP } from './carry-through.ts';
import { startSite, whyNoSite } from './site.ts';

/** Quicker than by default, so that the test is. */
const RETRY = { baseMs: 50, capMs: 500 } as const;

describe('three processes on one Redis behind nginx, without stickiness', () => {
  const missing = whyNoSite();
  if (missing && process.env['CI']) throw new Error(missing);

  /** Does something to one process after the other while messages are carried. */
  const cases = (name: string, disturb: (lab: Lab) => Promise<void>) =>
    test(name, { timeout: 90_000 }, async ({ skip }) => {
      if (missing) skip(missing);
      const site = await startSite();
      const { signal } = new AbortController();
      try {
        const carried = await carryThrough(
          site.balancer,
          async () => {
            for (const lab of site.labs) {
              await sleep(1000, signal);
              await disturb(lab);
            }
            await sleep(500, signal);
          },
          RETRY,
        );
        expectAll(carried);
        // Whoever is connected is connected to one of them.
        for (const { transport, connections } of carried.seen) {
          if (TRANSPORTS[transport].paced === 'push') expect(connections).toBeGreaterThan(1);
        }
      } finally {
        await site[Symbol.asyncDispose]();
      }
    });

  cases('each is killed in turn, and everybody has every message once and in order', (lab) =>
    lab.restart('SIGKILL'),
  );

  cases('each is told to leave in turn and started again, and nothing is lost', (lab) =>
    lab.restart('SIGTERM'),
  );
});

function expectAll({ published, seen }: Carried): void {
  const [first] = seen;
  for (const { order } of seen) {
    expect(order).toHaveLength(published);
    expect(new Set(order).size).toBe(published);
    expect(order).toEqual(first?.order);
  }
  // Those of one publisher are in the order in which it published them.
  for (const transport of WAYS_UP) {
    const own = first?.order.map((text) => JSON.parse(text)).filter((data) => data.transport === transport);
    expect(own?.map(({ n }) => n)).toEqual(own?.map((_, i) => i));
  }
}
