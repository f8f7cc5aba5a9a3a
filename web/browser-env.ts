import { diagnose, type Env, type FetchedResponse, type TransportClient } from './clients/client.ts';
import { createPageEnv } from './page-env.ts';

const TRANSPORT_FILES = import.meta.glob<TransportClient>([
  './clients/*.ts',
  '!./clients/*.test.ts',
  '!./clients/contract*.ts',
]);

/** The code of a socket that ended without a closing handshake (RFC 6455 §7.1.5). */
const FAILED = 1006;

/** The browser: its own fetch, WebSocket and EventSource. `clock` gives the server's time, ms. */
export function createBrowserEnv(clock: { now(): number }): Env {
  const env: Env = {
    // What is posted is cached by nobody; and who says so has Chromium ask anew before each request to another origin.
    fetch: async (url, init) =>
      toFetched(await fetch(url, (init.method ?? 'GET') === 'GET' ? { ...init, cache: 'no-store' } : init)),
    openSocket(url, handlers, protocols = []) {
      const socket = new WebSocket(url, [...protocols]);
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => handlers.opened?.();
      socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) handlers.bytes?.(new Uint8Array(data));
        else handlers.text(data);
      };
      let over = false;
      const end = (code: number): void => {
        if (!over) handlers.closed(code);
        over = true;
      };
      socket.onclose = ({ code }) => end(code);
      // Where a policy of the page forbids the address, Chromium lets no close follow the error.
      socket.onerror = () => setTimeout(end, 0, FAILED);
      return {
        send: (data) => socket.send(data),
        close: () => socket.close(),
      };
    },
    openEventStream(url, names, handlers) {
      const source = new EventSource(url);
      const stopped = new AbortController();
      const receive = (event: Event): void => {
        // EventSource has events of its own named `open` and `error`: those carry no data.
        if (event instanceof MessageEvent) handlers.event(event.type, event.data, event.lastEventId);
      };
      for (const name of [...names, 'message']) source.addEventListener(name, receive);
      source.onopen = (event) => {
        if (!(event instanceof MessageEvent)) handlers.opened?.();
      };
      source.onerror = async (event) => {
        if (event instanceof MessageEvent) return;
        // When and from where to come back is decided in one place for all transports, so not here.
        const refused = source.readyState === EventSource.CLOSED;
        source.close();
        const problem = refused ? await diagnose(url, env, stopped.signal) : undefined;
        if (!stopped.signal.aborted) handlers.end(problem);
      };
      return () => {
        stopped.abort();
        source.onerror = null;
        source.close();
      };
    },
    page: createPageEnv(),
    now: () => clock.now(),
    random: Math.random,
    async loadTransport(name) {
      const load = TRANSPORT_FILES[`./clients/${name}.ts`];
      if (!load) throw new Error(`web/clients/${name}.ts is missing`);
      return load();
    },
  };
  return env;
}

function toFetched(response: Response): FetchedResponse {
  const { ok, status, headers } = response;
  return { ok, status, headers, json: () => response.json(), chunks: () => chunksOf(response) };
}

/** Not every browser's ReadableStream can be iterated over by itself. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Nobody reads on: what is still to come need not.
    await reader.cancel().catch(() => undefined);
  }
}

/** The page's clock: ms since the Unix epoch, with what precision the browser grants, never going backwards. */
export function localNow(): number {
  return performance.timeOrigin + performance.now();
}
