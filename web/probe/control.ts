import type { Env, FetchedResponse } from '../clients/client.ts';
import { isFinal, ProblemError, problemFrom } from '../clients/client.ts';
import { sleep } from '../clients/sleep.ts';

/** The lab's own API: JSON there and back. Rejects with what the server says where it refuses. */
export type Control = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;

/** What lies on the way may swallow, cut or refuse any request: each has its time, and more than one chance. */
const ATTEMPT_MS = 5000;
const ATTEMPTS = 4;
const LONGEST_PAUSE_MS = 3000;

/** The lab's API by plain requests through the path. */
export function controlThrough(env: Env, baseUrl: string, token: string | undefined): Control {
  return async (method, path, body) => {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (token !== undefined) headers['Authorization'] = `Bearer ${token}`;
    return withinTime(ATTEMPT_MS, async (signal) => {
      const response = await env.fetch(new URL(path, baseUrl).href, {
        method,
        headers,
        signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return readJson(response);
    });
  };
}

/** The body of an answer that is the lab's. Throws with what was said instead. */
export async function readJson(response: FetchedResponse): Promise<unknown> {
  if (!response.ok) throw await problemFrom(response);
  return response.json().catch((cause: unknown) => {
    throw new Error(`The answer was ${response.status}, but no JSON: is there a lab at this address?`, {
      cause,
    });
  });
}

/** Does something that may fail on the way until it succeeds, `signal` aborts, or a refusal is the last word. */
export async function persist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (isFinal(error) || n === ATTEMPTS || signal.aborted) throw error;
      const asked = error instanceof ProblemError ? error.retryAfterMs : undefined;
      await sleep(Math.min(asked ?? 250 * n, LONGEST_PAUSE_MS), signal);
    }
  }
}

/** Gives a task so much time; then its signal aborts, and the promise rejects whether the task minds or not. */
export async function withinTime<T>(
  ms: number,
  task: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const abort = new AbortController();
  const done = new AbortController();
  const late = (async () => {
    await sleep(ms, AbortSignal.any([done.signal, ...(outer ? [outer] : [])]));
    if (done.signal.aborted) return new Promise<never>(() => undefined);
    abort.abort();
    throw new Error(outer?.aborted ? 'It was stopped.' : `There was no answer within ${ms / 1000} s.`);
  })();
  try {
    return await Promise.race([task(abort.signal), late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}
