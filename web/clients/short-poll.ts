import type { TransportClient } from './client.ts';
import { poll } from './poll.ts';
import { sleep } from './sleep.ts';

/** A server that is asked for no more than what it has may take so long, a slow line included. */
const ANSWER_WITHIN_MS = 10_000;

/** Polls at a fixed rate, never two at a time, from a phase of its own so that pollers are not in step. */
export const connect: TransportClient['connect'] = async (session) => {
  const { env, intervalMs, connectWithinMs, signal } = session;
  const withinMs = Math.max(Math.min(ANSWER_WITHIN_MS, connectWithinMs), 3 * intervalMs);
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
