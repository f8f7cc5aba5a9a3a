import type { TransportClient } from './client.ts';
import { poll } from './poll.ts';

/** Asks again as soon as it was answered, and lets the server hold the question. */
export const connect: TransportClient['connect'] = async (session) => {
  // The first is not held for long: its answer shows that the line is there.
  await poll(session, { wait: '1' });
  if (session.cursor !== undefined) session.opened(session.cursor);
  const wait = String(session.holdMs / 1000);
  while (!session.signal.aborted) await poll(session, { wait });
};
