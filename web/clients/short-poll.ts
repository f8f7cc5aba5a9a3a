import type { TransportClient } from './client.ts';
import { poll } from './poll.ts';
import { sleep } from './sleep.ts';

/** Polls at a fixed rate, never two at a time, from a phase of its own so that pollers are not in step. */
export const connect: TransportClient['connect'] = async (session) => {
  const { env, intervalMs, signal } = session;
  const withinMs = Math.max(10_000, 3 * intervalMs);
  let more = await poll(session);
  if (session.cursor !== undefined) session.opened({ cursor: session.cursor });
  let due = env.now() + env.random() * intervalMs;
  while (!signal.aborted) {
    if (!more) {
      await sleep(due - env.now(), signal);
      if (signal.aborted) return;
      due = Math.max(due + intervalMs, env.now());
    }
    more = await poll(session, withinMs);
  }
};
