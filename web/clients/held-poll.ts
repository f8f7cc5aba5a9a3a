import type { TransportClient } from './client.ts';
import { type Ask, poll } from './poll.ts';

/** Asks again as soon as it was answered, and lets the server hold the question. */
export function holdPolls(ask?: Ask): TransportClient['connect'] {
  return async (session) => {
    // The first is not held for long: its answer shows that the line is there.
    await poll(session, undefined, { wait: '1' }, ask);
    if (session.cursor !== undefined) session.opened({ cursor: session.cursor });
    const wait = String(session.holdMs / 1000);
    const withinMs = session.holdMs * 1.5 + 1000;
    while (!session.signal.aborted) await poll(session, withinMs, { wait }, ask);
  };
}
