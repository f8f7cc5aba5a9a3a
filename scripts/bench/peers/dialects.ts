/**
 * How a client of a stream begins: after it nothing but messages comes. `greeting` is the end of what a server says
 * first, where it does so.
 */
export type StreamDialect =
  | { readonly kind: 'raw' }
  | { readonly kind: 'get'; readonly path: string; readonly greeting?: string }
  | {
      readonly kind: 'websocket';
      readonly path: string;
      readonly greeting?: string;
      readonly deflate?: Deflate;
    }
  | { readonly kind: 'socket.io' }
  | { readonly kind: 'sockjs' };

/**
 * A stream whose messages are compressed: each by itself (`alone`), or with what came before it on its connection
 * (RFC 7692 §7.1.1).
 */
export type Deflate = 'alone' | 'in-context';

/** How a poll says what its client has already: by a message's number, by the lab's cursor, or by HTTP's validators. */
export interface PollDialect {
  readonly kind: 'poll';
  readonly path: string;
  readonly after: 'number' | 'cursor' | 'validators';
}

export type Dialect = StreamDialect | PollDialect;

/** The client sends, and waits until it has read this. */
export interface Step {
  readonly send?: Buffer;
  readonly until: string;
  /** Must have come by then, or else the server does not do what it was asked for. */
  readonly including?: string;
}

const HEAD_END = '\r\n\r\n';

/** How the messages of a stream are compressed; undefined where they are not. */
export function deflateOf(dialect: Dialect): Deflate | undefined {
  return dialect.kind === 'websocket' ? dialect.deflate : undefined;
}

/** The client's part of a stream's opening. */
export function openingOf(dialect: StreamDialect): readonly Step[] {
  switch (dialect.kind) {
    case 'raw':
      return [{ until: HEAD_END }];
    case 'get':
      return [
        { send: get(dialect.path, 'Accept: text/event-stream\r\n'), until: HEAD_END },
        ...greetingOf(dialect),
      ];
    case 'websocket':
      return [upgrade(dialect.path, dialect.deflate), ...greetingOf(dialect)];
    case 'socket.io':
      // Engine.IO's open packet, then Socket.IO's CONNECT to the main namespace and its answer (protocol 5).
      return [
        upgrade('/socket.io/?EIO=4&transport=websocket'),
        { until: '0{' },
        { send: maskedTextFrame('40'), until: '40{' },
      ];
    case 'sockjs':
      return [upgrade('/feed/000/load/websocket'), { until: 'o' }];
  }
}

function greetingOf({ greeting }: { readonly greeting?: string }): readonly Step[] {
  return greeting === undefined ? [] : [{ until: greeting }];
}

/** A poll; `answer` is the whole text of the one before, undefined for the first. */
export function pollRequest({ path, after }: PollDialect, answer: string | undefined): Buffer {
  const mark = path.includes('?') ? '&' : '?';
  switch (after) {
    case 'number': {
      const [newest] = answer?.match(/"seq":\d+(?!.*"seq":)/s) ?? ['"seq":0'];
      return get(`${path}${mark}after=${newest.slice(6)}`);
    }
    case 'cursor': {
      const cursor = /"cursor":"([^"]+)"/.exec(answer ?? '')?.[1];
      return get(cursor === undefined ? path : `${path}${mark}after=${cursor}`);
    }
    case 'validators': {
      const modified = /^last-modified: (.+)\r$/im.exec(answer ?? '')?.[1];
      const tag = /^etag: (.+)\r$/im.exec(answer ?? '')?.[1];
      return get(
        path,
        modified === undefined ? '' : `If-Modified-Since: ${modified}\r\nIf-None-Match: ${tag}\r\n`,
      );
    }
  }
}

function get(path: string, headers = ''): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: peer\r\n${headers}\r\n`);
}

/** RFC 6455 §4.1; the key is that of its §1.3. */
function upgrade(path: string, deflate?: Deflate): Step {
  const headers =
    'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  if (deflate === undefined) return { send: get(path, headers), until: HEAD_END };
  const { offer, including } = EXTENSIONS[deflate];
  return { send: get(path, `${headers}Sec-WebSocket-Extensions: ${offer}\r\n`), until: HEAD_END, including };
}

/** What a client offers, and what the answer's head must say (RFC 7692 §5). */
const EXTENSIONS: Readonly<Record<Deflate, { readonly offer: string; readonly including: string }>> = {
  alone: {
    offer: 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    including: 'server_no_context_takeover',
  },
  'in-context': { offer: 'permessage-deflate', including: 'permessage-deflate' },
};

/** A client's text frame (RFC 6455 §5.2) of up to 125 bytes; masked with zeros, which leaves the text as it is. */
function maskedTextFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
