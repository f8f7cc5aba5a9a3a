import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { createParser } from 'eventsource-parser';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { Agent, type Dispatcher, Pool, ProxyAgent, request } from 'undici';
import { type ClientOptions, WebSocket } from 'ws';
import { type Env, type FetchedResponse, problemFrom, type TransportClient } from '../web/clients/client.ts';
import { ACCEPT_ENCODING, decoded } from './decoded.ts';
import { openLines } from './open-lines.ts';
import { createPageReader } from './page-reader.ts';

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
  /** A forward proxy, `http://host:port`: asked for `http:` itself, and by CONNECT for all else. */
  readonly proxy?: string;
  /** Lets certificates pass that nobody has signed. */
  readonly insecure?: boolean;
  /** Asks for compressed answers, as browsers do. */
  readonly compressed?: boolean;
  /** Reads what only pages can load, without a page: for load, and for no claim about browsers. */
  readonly page?: boolean;
}

/** `ws` has it (8.19), its types not yet. */
interface SocketOptions extends ClientOptions {
  /** How long a server may take to close in its turn: ms. One that is gone never does. */
  readonly closeTimeout: number;
}

/** Answers to long polls and streams may be as far apart as they like: the server's own bounds are in force. */
const PATIENT = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 } as const;

/**
 * Node: fetch with a pool of its own, as each user's browser has one; the `ws` package; and eventsource-parser
 * over fetch.
 */
export function createNodeEnv(options: NodeEnvOptions): NodeEnv {
  const { now, random = Math.random, proxy, insecure = false, compressed = false, page = false } = options;
  const dispatcher = createDispatcher(options);
  const ownHeaders = compressed ? { 'Accept-Encoding': ACCEPT_ENCODING } : {};
  const socketOptions: SocketOptions = {
    perMessageDeflate: compressed,
    closeTimeout: 1000,
    rejectUnauthorized: !insecure,
    ...(proxy !== undefined && { agent: new HttpsProxyAgent(proxy) }),
  };
  // undici's request, beneath its fetch, costs a load generator a third of it.
  const fetch: Env['fetch'] = async (url, init) => {
    const headers = compressed ? { ...ownHeaders, ...init.headers } : init.headers;
    return toFetched(await request(url, { ...init, ...(headers && { headers }), dispatcher }));
  };
  return {
    fetch,
    ...(page && { page: createPageReader(fetch) }),
    openSocket(url, handlers, protocols = []) {
      const socket = new WebSocket(url, [...protocols], socketOptions);
      // As in browsers: a frame's bytes are its own, and keep no others in memory.
      socket.binaryType = 'arraybuffer';
      socket.on('open', () => handlers.opened?.());
      socket.on('message', (data) => {
        if (data instanceof ArrayBuffer) handlers.bytes?.(new Uint8Array(data));
        else handlers.text(String(data));
      });
      socket.on('close', handlers.closed);
      socket.on('error', () => undefined); // a close follows
      socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
        handlers.refused?.(statusCode);
        socket.terminate();
      });
      return {
        send: (data) => socket.send(data, () => undefined), // what is lost with the socket, its close tells
        close: () => socket.close(),
      };
    },
    openLines: (url, handlers) => openLines(url, handlers, insecure),
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
        const headers = { Accept: 'text/event-stream', ...ownHeaders };
        const response = await request(url, { headers, signal: abort.signal, dispatcher });
        if (response.statusCode !== 200) {
          if (!abort.signal.aborted) handlers.refused?.(response.statusCode);
          return await problemFrom(toFetched(response));
        }
        // As browsers do: whoever answers with a page of his own has no stream for us.
        if (!isEventStream(response)) {
          response.body.on('error', () => undefined).destroy();
          return undefined;
        }
        if (!abort.signal.aborted) handlers.opened?.();
        const decoder = new TextDecoder();
        for await (const chunk of bodyOf(response)) parser.feed(decoder.decode(chunk, { stream: true }));
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

function createDispatcher({ connections, proxy, insecure = false }: NodeEnvOptions): Dispatcher {
  const tls = { rejectUnauthorized: !insecure };
  const limits = { ...PATIENT, ...(connections === undefined ? {} : { connections }) };
  // Over TLS, HTTP/2 where the other side prefers it: as browsers do.
  if (proxy === undefined) return new Agent({ ...limits, connect: tls, allowH2: true });
  return new ProxyAgent({
    ...limits,
    uri: proxy,
    requestTls: tls,
    proxyTunnel: false,
    // What ProxyAgent makes by itself for a proxy that is asked plainly would not know of the limits.
    factory: (origin, options) => new Pool(origin, { ...options, ...limits }),
  });
}

function toFetched(response: Dispatcher.ResponseData): FetchedResponse {
  const { statusCode, headers, body } = response;
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
      *entries() {
        for (const [name, value] of Object.entries(headers))
          if (value !== undefined) yield [name, String(value)];
      },
    },
    json: async () => (headers['content-encoding'] === undefined ? body.json() : json(bodyOf(response))),
    chunks: () => bodyOf(response),
  };
}

function isEventStream({ headers }: Dispatcher.ResponseData): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(String(headers['content-type']));
}

/** Without the codings that it came in. */
function bodyOf({ headers, body }: Dispatcher.ResponseData): Readable {
  const coding = headers['content-encoding'];
  return coding === undefined ? body : decoded(body, String(coding));
}
