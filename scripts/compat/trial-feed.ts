import { feedPath, type PollAnswer, type Stats, type TransportName } from '../../server/wire.ts';
import { sleep } from '../../web/clients/sleep.ts';

/** Where a subscriber stands that has seen nothing yet. */
export async function currentCursor(labUrl: string, topic: string): Promise<string> {
  const answer = await fetch(labUrl + feedPath(topic, 'short-poll'));
  return ((await answer.json()) as PollAnswer).cursor; // the wire's promise (server/wire.ts)
}

/** Publishes a message at each of the times, ms from now, directly to the lab. Returns when each was: ms. */
export async function publish(
  labUrl: string,
  topic: string,
  atMs: readonly number[],
): Promise<readonly number[]> {
  const publishedMs: number[] = [];
  const startedAt = performance.now();
  const never = new AbortController().signal;
  for (const [i, dueMs] of atMs.entries()) {
    await sleep(startedAt + dueMs - performance.now(), never);
    const { status } = await fetch(labUrl + feedPath(topic, 'messages'), {
      method: 'POST',
      body: JSON.stringify({ type: 'trial', data: i + 1 }),
    });
    if (status !== 201) {
      throw new Error(`The lab answered ${status} where 201 was expected: nothing was published.`);
    }
    publishedMs.push(Math.round(performance.now() - startedAt));
  }
  return publishedMs;
}

/** How many requests and upgrades of a client, labelled with its transport's name, the lab has answered. */
export async function countReached(labUrl: string, name: TransportName): Promise<number> {
  const answer = await fetch(`${labUrl}/api/stats?client=${name}`);
  const { traffic } = (await answer.json()) as Stats; // the wire's promise (server/wire.ts)
  return traffic[name].requests + traffic[name].upgrades;
}
