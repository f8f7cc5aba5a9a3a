import {
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import type { Sockets } from './sockets.ts';

/** One request and its answer, on their way back. */
export interface Exchange {
  readonly request: IncomingMessage;
  /** What the lab answers. */
  readonly answer: IncomingMessage;
  /** What the client gets. */
  readonly response: ServerResponse;
}

/** Hands an answer on. */
export type Respond = (exchange: Exchange) => void;

/** Headers that hold for one connection only (RFC 9110 §7.6.1), beside those that `Connection` names. */
const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Name, value, name, value: as Node has them, in their order and spelling. */
export type RawHeaders = readonly string[];

/** As they stand in a message's head. */
export function headerLines(headers: RawHeaders): string {
  let lines = '';
  for (let i = 0; i + 1 < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return lines;
}

/** Leaves out the headers named, all in lower case. */
export function without(headers: RawHeaders, names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!names.includes(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '');
  }
  return kept;
}

/** What of a message's headers may go further than one connection. */
export function endToEnd({ rawHeaders, headers }: IncomingMessage): string[] {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return without(rawHeaders, [...HOP_BY_HOP, ...named]);
}

/**
 * Asks `target` what the client has asked, over a connection for this request alone. Where one side is lost,
 * so is the other: the lab sees that a client has gone, the client that an answer was cut.
 */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { target, sockets, path = request.url, respond = passOn }: ForwardOptions,
): void {
  const asked: ClientRequest = openRequest({
    createConnection: () => sockets.connect(target),
    method: request.method,
    path,
    headers: endToEnd(request),
  });
  asked.on('error', () => response.destroy());
  asked.on('response', (answer) => respond({ request, answer, response }));
  response.on('close', () => asked.destroy());
  request.pipe(asked);
}

export interface ForwardOptions {
  readonly target: URL;
  readonly sockets: Sockets;
  /** Path and query to ask for; the client's, by default. */
  readonly path?: string | undefined;
  /** Hands the answer on; as it comes, by default. */
  readonly respond?: Respond | undefined;
}

/** The head at once, then the body as it comes out of the last of `through`. */
export function passOn(
  { answer, response }: Exchange,
  through: readonly Transform[] = [],
  headers: RawHeaders = endToEnd(answer),
): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [...headers]);
  response.flushHeaders();
  // An answer that is cut short destroys all behind it: it must not look complete.
  pipeline([answer, ...through, response], () => undefined);
}
