import type { Env, FetchedResponse, PageEnv, Stop } from '../web/clients/client.ts';

type Fetch = Env['fetch'];

const SCRIPT_START = '<script>';
const SCRIPT_END = '</script>';

/** What a document of the feed begins with: the function that its scripts call. */
const DEFINITION = /^<!doctype html><script>function ([A-Za-z_$][\w$]*)\(/;

/** What stands in a script for a key that JSON has as it is (server/transports/callback.ts). */
const COMPUTED_KEY = '["__proto__"]:';

/**
 * Plays the page for a load generator, which has thousands of them: reads the calls out of the scripts that a server of
 * this wire sends, and runs none. What is not of their one form is left out: nothing from the network is ever code here.
 */
export function createPageReader(fetch: Fetch): PageEnv {
  return {
    loadScript(url, callback, handlers) {
      let called = false;
      const read = async (response: FetchedResponse, signal: AbortSignal): Promise<void> => {
        let text = '';
        for await (const piece of textsOf(response)) text += piece;
        const value = isScript(response) ? readCall(text, `/**/${callback}`) : undefined;
        if (value === undefined || signal.aborted) return;
        called = true;
        handlers.value(value);
      };
      return load(fetch, url, read, () => handlers.ended(called));
    },
    openFrame(url, handlers) {
      const read = async (response: FetchedResponse, signal: AbortSignal): Promise<void> => {
        const calls = new CallReader();
        for await (const text of textsOf(response)) {
          for (const value of calls.read(text)) if (!signal.aborted) handlers.value(value);
        }
      };
      return load(fetch, url, read, () => handlers.ended());
    },
  };
}

function load(
  fetch: Fetch,
  url: string,
  read: (response: FetchedResponse, signal: AbortSignal) => Promise<void>,
  ended: () => void,
): Stop {
  const abort = new AbortController();
  const { signal } = abort;
  fetch(url, { signal })
    .then((response) => read(response, signal))
    .catch(() => undefined) // a lost connection is an end like any other
    .then(() => {
      if (!signal.aborted) ended();
    });
  return () => abort.abort();
}

async function* textsOf(response: FetchedResponse): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  for await (const chunk of response.chunks()) yield decoder.decode(chunk, { stream: true });
}

/** Browsers run nothing else, where they are told not to guess. */
function isScript({ ok, headers }: FetchedResponse): boolean {
  return ok && /^text\/javascript\s*(;|$)/i.test(headers.get('content-type') ?? '');
}

/** Reads the calls out of a document that comes in pieces. */
class CallReader {
  #callback: string | undefined;
  #rest = '';

  /** What the scripts are called with that are complete with this piece. */
  read(text: string): readonly unknown[] {
    const scripts = (this.#rest + text).split(SCRIPT_END);
    this.#rest = scripts.pop() ?? '';
    return scripts.map((script) => this.#take(script)).filter((value) => value !== undefined);
  }

  #take(script: string): unknown {
    if (this.#callback === undefined) {
      // No function is called so: of a document that begins otherwise nothing is read.
      this.#callback = DEFINITION.exec(script)?.[1] ?? '';
      return undefined;
    }
    if (this.#callback === '') return undefined;
    return readCall(script, SCRIPT_START + this.#callback);
  }
}

/** What a script that is one call, and nothing else, calls `callee` with: undefined for any other. */
function readCall(script: string, callee: string): unknown {
  if (!script.startsWith(`${callee}(`) || !script.endsWith(');')) return undefined;
  const json = script.slice(callee.length + 1, -2).replaceAll(COMPUTED_KEY, '"__proto__":');
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
