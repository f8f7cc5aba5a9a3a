import fc from 'fast-check';
import { feedPath, TRANSPORT_NAMES } from '../../server/wire.ts';

/** One connection: where to, and what is sent in which pieces. */
export interface Input {
  readonly to: 'http' | 'tcp';
  /** Whether it asks for a WebSocket first, and sends the rest over that. */
  readonly upgraded: boolean;
  readonly pieces: readonly Uint8Array[];
}

const bytes = fc.uint8Array({ maxLength: 2000 });
const control = fc.constantFrom(
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\t',
  '\x7f',
  '\u2028',
  '%',
  '%00',
  '%0d%0a',
  ';',
  '"',
);
/** What could stand there, with something in it that should not. */
const dirty = (clean: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: clean },
    { weight: 2, arbitrary: fc.tuple(clean, control, clean).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
  );

const method = dirty(fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'HEAD', 'CONNECT', 'TRACE', 'PRI'));
const path = dirty(
  fc.oneof(
    fc.constantFrom(...TRANSPORT_NAMES, 'messages' as const).map((name) => feedPath('fuzz', name)),
    fc.constantFrom(
      '/',
      '/api/stats',
      '/api/workload',
      '/api/probes',
      '/results/../x',
      '/metrics',
      '*',
      'http://x/',
    ),
  ),
);
const query = dirty(
  fc.constantFrom(
    '',
    '?after=earliest',
    '?after=a-1',
    '?after=-1',
    '?wait=0',
    '?limit=1',
    '?callback=f',
    '?EIO=4&transport=polling',
    '?EIO=4&transport=polling&sid=x',
    '?mode=publish',
    '?manners=naive',
    '?client=c',
    '?origin=null',
  ),
);
const header = fc
  .tuple(
    dirty(
      fc.constantFrom(
        'Host',
        'Content-Length',
        'Transfer-Encoding',
        'Connection',
        'Upgrade',
        'Expect',
        'Range',
        'Origin',
        'Last-Event-ID',
        'Sec-WebSocket-Key',
        'Sec-WebSocket-Version',
        'Sec-WebSocket-Extensions',
        'Sec-WebSocket-Protocol',
        'Content-Type',
        'Authorization',
      ),
    ),
    dirty(
      fc.constantFrom(
        'lab',
        '0',
        '5',
        '99999999999',
        'chunked',
        'close',
        'Upgrade',
        'websocket',
        '100-continue',
        '13',
        'dGhlIHNhbXBsZSBub25jZQ==',
        'permessage-deflate; server_max_window_bits=8',
        'feed.binary.v1',
        'application/json',
      ),
    ),
  )
  .map(([name, value]) => `${name}: ${value}\r\n`);
const json = dirty(
  fc.oneof(
    fc.json(),
    fc.constantFrom(
      '{"type":"t","data":1}',
      '{"publish":{"type":"t"},"id":1}',
      '[',
      '{"__proto__":1}',
      '1e999',
    ),
  ),
);
const request = fc
  .tuple(method, path, query, fc.array(header, { maxLength: 8 }), fc.oneof(json, fc.constant('')))
  .map(
    ([verb, at, asked, headers, body]) =>
      `${verb} ${at}${asked} HTTP/1.1\r\nHost: lab\r\n${headers.join('')}\r\n${body}`,
  )
  .map((text) => Buffer.from(text, 'latin1'));

/** A frame whose head says what it likes (RFC 6455 §5.2). */
const frame = fc
  .tuple(
    fc.nat(255),
    fc.nat(255),
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.oneof(bytes, json.map(toBytes)),
  )
  .map(([first, second, mask, payload]) => {
    const honest = Math.min(payload.length, 125);
    const masked = payload.subarray(0, honest).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    return Buffer.concat([Buffer.of(first, second % 2 ? 0x80 | honest : second), mask, masked]);
  });

const line = fc
  .tuple(
    dirty(
      fc.constantFrom(feedPath('fuzz', 'tcp'), `${feedPath('fuzz', 'tcp')}?mode=publish`, 'GET / HTTP/1.1'),
    ),
    fc.array(json),
  )
  .map(([first, lines]) => toBytes(`${[first, ...lines].join('\n')}\n`));

/** What no client would send, mostly. */
export const input: fc.Arbitrary<Input> = fc.oneof(
  fc.record({
    to: fc.constant('http' as const),
    upgraded: fc.constant(false),
    pieces: fc.array(bytes, { maxLength: 3 }),
  }),
  fc.record({
    to: fc.constant('http' as const),
    upgraded: fc.constant(false),
    pieces: fc.array(request, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    to: fc.constant('http' as const),
    upgraded: fc.constant(true),
    pieces: fc.array(frame, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    to: fc.constant('tcp' as const),
    upgraded: fc.constant(false),
    pieces: fc.array(fc.oneof(bytes, line), { minLength: 1, maxLength: 3 }),
  }),
);

/** Asks for a WebSocket, as a client would. */
export const UPGRADE = toBytes(
  `GET ${feedPath('fuzz', 'websocket')} HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
);

function toBytes(text: string): Uint8Array {
  return Buffer.from(text);
}
