import { problemFrom, type Session } from './client.ts';

/** Reads what a response that does not end is made of. */
export interface StreamReader {
  /** False where it is not what a server of this wire sends: the response is given up. */
  read(text: string): boolean;
}

/**
 * Keeps one response that does not end, its text handed to `reader` as it comes. Resolves when it is over, rejects
 * with a ProblemError where the server refuses it.
 */
export async function readHttpStream(session: Session, reader: StreamReader): Promise<void> {
  const { env, signal } = session;
  const end = session.request();
  // The body is let go of with this, not with the session's: whoever gives up a broken stream ends it too.
  const abort = new AbortController();
  const leave = (): void => abort.abort();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  let streaming = false;
  try {
    const response = await env.fetch(session.url(), { signal: abort.signal });
    if (!response.ok) throw await problemFrom(response);
    streaming = true;
    const decoder = new TextDecoder();
    for await (const chunk of response.chunks()) {
      if (!reader.read(decoder.decode(chunk, { stream: true }))) return;
    }
  } catch (error) {
    if (!streaming && !signal.aborted) throw error;
    // A lost connection is an end like any other.
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
    end(streaming ? 'ended' : 'failed');
  }
}
