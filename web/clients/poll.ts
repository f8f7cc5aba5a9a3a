import type { PollAnswer } from '../../server/wire.ts';
import { problemFrom, type Session } from './client.ts';

/**
 * One poll, its answer delivered. Returns true where the next is to follow at once: the answer was only the
 * first part. Gives up where no answer comes `withinMs`, which for a first poll is the session's own limit.
 * Rejects with a ProblemError on refusal, with the platform's error where nobody answered.
 */
export async function poll(
  session: Session,
  withinMs?: number,
  parameters: Record<string, string> = {},
): Promise<boolean> {
  if (withinMs !== undefined) session.watch(withinMs);
  const end = session.request();
  try {
    const response = await session.env.fetch(session.url(parameters), { signal: session.signal });
    session.beat();
    if (response.status === 204) {
      end('empty');
      return false;
    }
    if (!response.ok) throw await problemFrom(response);
    const answer = (await response.json()) as PollAnswer; // the wire's promise (server/wire.ts)
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
