import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Inbox } from './inbox.ts';

test('what is pushed is taken in order, however pushing and taking interleave', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 12 }), async (steps) => {
      const inbox = new Inbox<number>();
      let pushed = 0;
      let taken = 0;
      for (const step of steps) {
        for (let i = 0; i < step; i++) inbox.push(++pushed);
        for (let i = 0; i < -step && taken < pushed; i++) expect(await inbox.take()).toBe(++taken);
        expect(inbox.size).toBe(pushed - taken);
      }
      inbox.end();
      while (taken < pushed) expect(await inbox.take()).toBe(++taken);
      expect(await inbox.take()).toBeUndefined();
    }),
    { numRuns: 20 },
  );
});

test('a reader that waits is woken by what comes, or by the end', async () => {
  const inbox = new Inbox<string>();
  const first = inbox.take();
  inbox.push('a');
  expect(await first).toBe('a');
  const second = inbox.take();
  inbox.end();
  expect(await second).toBeUndefined();
});

test('an error ends the reading after what had arrived before', async () => {
  const inbox = new Inbox<string>();
  inbox.push('a');
  inbox.end(new Error('refused'));
  inbox.push('too late');
  expect(await inbox.take()).toBe('a');
  await expect(inbox.take()).rejects.toThrow('refused');
});
