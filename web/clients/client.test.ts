import { expect, test, vi } from 'vitest';
import { diagnose, type Env, type FetchInit, problemFrom } from './client.ts';

const unused = (): never => {
  throw new Error('Not for this test.');
};

function envWith(fetch: Env['fetch']): Env {
  return {
    fetch,
    openSocket: unused,
    openEventStream: unused,
    now: Date.now,
    random: Math.random,
    loadTransport: unused,
  };
}

test('a request that only asks why another was refused says so in its URL', async () => {
  const fetch = vi.fn<Env['fetch']>().mockRejectedValue(new Error('nobody there'));
  await diagnose('http://lab/feeds/lab/websocket?after=e-1', envWith(fetch), new AbortController().signal);
  expect(fetch.mock.calls[0]?.[0]).toBe('http://lab/feeds/lab/websocket?after=e-1&diagnose=1');
});

test('it is given up with the connection it is about', async () => {
  const abort = new AbortController();
  const never = (_url: string, { signal }: FetchInit) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const diagnosis = diagnose('http://lab/', envWith(never), abort.signal);
  abort.abort();
  expect(await diagnosis).toBeUndefined();
  // Begun too late, it is over at once.
  expect(
    await diagnose(
      'http://lab/',
      envWith(async (_url, { signal }) => signal.throwIfAborted() ?? unused()),
      abort.signal,
    ),
  ).toBeUndefined();
});

/** An answer with a body that cannot be had as JSON. */
function answerWith(status: number, error: Error, headers = {}) {
  const json = () => Promise.reject(error);
  return { ok: false, status, headers: new Headers(headers), json, chunks: unused };
}

test('where an answer only points elsewhere, the refusal says where', async () => {
  const answer = answerWith(301, new SyntaxError('no JSON'), { Location: 'https://lab.example/' });
  expect((await problemFrom(answer)).message).toBe(
    'The answer was 301: ask at https://lab.example/ instead.',
  );
});

test('an answer that was lost amid its body is no refusal', async () => {
  const lost = new TypeError('network error');
  await expect(problemFrom(answerWith(426, lost))).rejects.toBe(lost);
  const fetch = async () => answerWith(426, lost);
  expect(await diagnose('http://lab/', envWith(fetch), new AbortController().signal)).toBeUndefined();
});
