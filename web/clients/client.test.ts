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

test('where an answer only points elsewhere, the refusal says where', async () => {
  const headers = new Headers({ Location: 'https://lab.example/' });
  const answer = {
    ok: false,
    status: 301,
    headers,
    json: () => Promise.reject(new Error('no JSON')),
    chunks: unused,
  };
  expect((await problemFrom(answer)).message).toBe(
    'The answer was 301: ask at https://lab.example/ instead.',
  );
});
