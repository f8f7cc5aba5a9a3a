import { Fetch, WebSocket } from 'socket.io-client';
import { PROBLEMS } from '../../server/wire.ts';
import {
  type Env,
  type FetchedResponse,
  farTooLarge,
  problemFrom,
  type Socket,
  TOO_LARGE_CODE,
} from './client.ts';

/** What socket.io-client hands on to what carries its packets. */
export interface CarrierOptions {
  readonly env: Env;
  /** Ends the requests there are; no further ones are sent. */
  readonly signal: AbortSignal;
}

/** HTTP long polling as socket.io-client does it, over the Env's fetch, whose requests can be ended. */
export class EnvPolling extends Fetch {
  override doPoll(): void {
    this.#ask('GET')
      .then((text) => this.onData(text))
      .catch((error) => this.onError('poll failed', error));
  }

  override doWrite(data: string, callback: () => void): void {
    this.#ask('POST', data)
      .then(callback)
      .catch((error) => this.onError('post failed', error));
  }

  async #ask(method: 'GET' | 'POST', body?: string): Promise<string> {
    const { env, signal } = carrierOptions(this.opts);
    const headers = { 'Content-Type': 'text/plain;charset=UTF-8' };
    const response = await env.fetch(this.uri(), {
      method,
      signal,
      ...(body !== undefined && { body, headers }),
    });
    if (!response.ok) throw await refusalOf(response);
    return await textOf(response);
  }
}

/** WebSocket as socket.io-client does it, over the Env's sockets. */
export class EnvWebSocket extends WebSocket {
  override createSocket(uri: string): EventedSocket {
    return new EventedSocket(carrierOptions(this.opts).env, uri);
  }
}

/** What socket.io-client uses of the browsers' WebSocket. */
class EventedSocket {
  binaryType = 'arraybuffer';
  onopen: (() => void) | undefined;
  onmessage: ((event: { readonly data: unknown }) => void) | undefined;
  onclose: (() => void) | undefined;
  onerror: ((reason?: unknown) => void) | undefined;
  readonly #socket: Socket;

  constructor(env: Env, url: string) {
    this.#socket = env.openSocket(url, {
      opened: () => this.onopen?.(),
      text: (data) => this.onmessage?.({ data }),
      closed: (code) => {
        // As long as the session is not open, socket.io-client hears of errors alone.
        this.onerror?.(code === TOO_LARGE_CODE ? farTooLarge() : undefined);
        this.onclose?.();
      },
    });
  }

  send(data: string): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.close();
  }
}

/** They are among the options that socket.io-client was given, whose type knows nothing of them. */
function carrierOptions(options: object): CarrierOptions {
  return options as CarrierOptions;
}

/** The lab's own refusals say why; what Socket.IO refuses by itself (a session it does not know) only ends the session. */
async function refusalOf(response: FetchedResponse): Promise<Error> {
  if (response.status === PROBLEMS['too-large']) return farTooLarge();
  const problem = await problemFrom(response);
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  return isProblem ? problem : new Error(problem.message);
}

async function textOf(response: FetchedResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.chunks()) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
