import { createParser } from 'eventsource-parser';
import { Agent, type Dispatcher, request } from 'undici';
import { type ClientOptions, WebSocket } from 'ws';
import { type Env, type FetchedResponse, problemFrom, type TransportClient } from '../web/clients/client.ts';

export interface NodeEnv extends Env {
  /** Closes the connections that are kept for further requests. */
  close(): Promise<void>;
}

export interface NodeEnvOptions {
  /** The server's clock, ms. */
  readonly now: () => number;
  readonly random?: () => number;
  /** Connections for HTTP at once; as many as are needed, by default. */
  readonly connections?: number;
}

/** `ws` has it (8.19), its types not yet. */
interface SocketOptions extends ClientOptions {
  /** How long a server may take to close in its turn: ms. One that is gone never does. */
  readonly closeTimeout: number;
}

const SOCKET_OPTIONS: SocketOptions = { perMessageDeflate: false, closeTimeout: 1000 };

/**
 * Node: fetch with a pool of its own, as each user's browser has one; the `ws` package; and eventsource-parser
 * over fetch.
 */
export function createNodeEnv({ now, random = Math.random, connections }: NodeEnvOptions): NodeEnv {
  // Answers to long polls and streams may be as far apart as they like: the server's own bounds are in force.
  const dispatcher = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 60_000,
    ...(connections === undefined ? {} : { connections }),
  });
  return {
    // undici's request, beneath its fetch, costs a load generator a third of it.
    fetch: async (url, init) => toFetched(await request(url, { ...init, dispatcher })),
    openSocket(url, handlers) {
      const socket = new WebSocket(url, SOCKET_OPTIONS);
      socket.on('message', (data) => handlers.text(String(data)));
      socket.on('close', handlers.closed);
      socket.on('error', () => undefined); // a close follows
      return {
        send: (text) => socket.send(text, () => undefined), // what is lost with the socket, its close tells
        close: () => socket.close(),
      };
    },
    openEventStream(url, names, handlers) {
      const abort = new AbortController();
      const wanted = new Set(names);
      const parser = createParser({
        onEvent({ event = 'message', data, id = '' }) {
          if (!abort.signal.aborted && (event === 'message' || wanted.has(event)))
            handlers.event(event, data, id);
        },
      });
      const read = async () => {
        const headers = { Accept: 'text/event-stream' };
        const response = await request(url, { headers, signal: abort.signal, dispatcher });
        if (response.statusCode !== 200) return await problemFrom(toFetched(response));
        const decoder = new TextDecoder();
        for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
        return undefined;
      };
      read()
        .catch(() => undefined) // a lost connection is an end like any other
        .then((problem) => {
          if (!abort.signal.aborted) handlers.end(problem);
        });
      return () => abort.abort();
    },
    now,
    random,
    async loadTransport(name) {
      const transport: TransportClient = await import(`../web/clients/${name}.ts`);
      return transport;
    },
    close: () => dispatcher.destroy(),
  };
}

function toFetched({ statusCode, headers, body }: Dispatcher.ResponseData): FetchedResponse {
  // A body that nobody reads would keep its connection.
  if (statusCode === 204) body.resume();
  return {
    ok: statusCode >= 200 && statusCode < 300,
    status: statusCode,
    headers: {
      get(name) {
        const value = headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    json: () => body.json(),
  };
}
