import type { PollAnswer } from '../../server/wire.ts';
import { problemFrom, type Session } from './client.ts';

/**
 * Asks once; undefined for the answer that there is nothing new. Rejects with a ProblemError on refusal, with the
 * platform's error where nobody answered or the session is over.
 */
export type Ask = (session: Session, parameters: Record<string, string>) => Promise<PollAnswer | undefined>;

/**
 * One poll, its answer delivered. Returns true where the next is to follow at once: the answer was only the
 * first part. Gives up where no answer comes `withinMs`, which for a first poll is the session's own limit.
 * Rejects as `ask` does.
 */
export async function poll(
  session: Session,
  withinMs?: number,
  parameters: Record<string, string> = {},
  ask: Ask = askByFetch,
): Promise<boolean> {
  if (withinMs !== undefined) session.watch(withinMs);
  const end = session.request();
  try {
    const answer = await ask(session, parameters);
    if (!answer) {
      end('empty');
      return false;
    }
    if (session.cursor === undefined) session.opened({ cursor: answer.gap?.cursor ?? answer.cursor });
    if (answer.gap) session.gap(answer.gap);
    session.deliver(answer.messages);
    end(answer.messages.length > 0 ? 'messages' : 'empty');
    return answer.more === true;
  } finally {
    session.watch(undefined);
    end('failed');
  }
}

const askByFetch: Ask = async (session, parameters) => {
  const response = await session.env.fetch(session.url(parameters), { signal: session.signal });
  session.beat();
  if (response.status === 204) return undefined;
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as PollAnswer; // the wire's promise (server/wire.ts)
};
