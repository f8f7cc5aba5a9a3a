import { Encoder, type Packet, PacketType } from 'socket.io-parser';
import { expect, test } from 'vitest';
import { Entry } from '../feed/entry.ts';
import { EmittedMessage, SharingEncoder } from './socketio-encoder.ts';

const DATA: readonly unknown[] = [
  null,
  -1.5e-9,
  'one\ntwo "quoted" \\ \u0000 \u2028 lone \ud800 surrogate, é 漢 😀',
  { b: 1, 1: 2, '': [{ ['__proto__']: null }], placeholder: { _placeholder: true, num: 0 } },
];

function entryOf(body: ConstructorParameters<typeof Entry>[0]['body']): Entry {
  return new Entry({ epoch: 'e', seq: 42, at: 1_790_000_000_123.456, type: 'tick', body });
}

function eventOf(...data: unknown[]): Packet {
  return { type: PacketType.EVENT, nsp: '/', data };
}

const entries = [
  ...DATA.map((data) => entryOf({ json: JSON.stringify(data) })),
  entryOf({ bytes: Buffer.from([0, 255, 1]) }),
];

test.each(entries.map((entry) => [entry.envelope.toString(), entry]))(
  'a message leaves as the default parser writes it: %s',
  (_envelope, entry) => {
    const plain = new Encoder().encode(
      eventOf('message', JSON.parse(entry.envelope.toString()), entry.cursor),
    );
    const emitted = eventOf('message', new EmittedMessage(entry), entry.cursor);
    expect(new SharingEncoder().encode(emitted)).toEqual(plain);
    expect(new Encoder().encode(emitted)).toEqual(plain);
  },
);

test('it is written once for all that it is emitted to', () => {
  const message = new EmittedMessage(entryOf({ json: '{}' }));
  const encoder = new SharingEncoder();
  const first = encoder.encode(eventOf('message', message, 'e-42'));
  expect(encoder.encode(eventOf('message', message, 'e-42'))).toBe(first);
});

test.each<Packet>([
  eventOf('open', { cursor: 'e-1', heartbeatMs: 15_000 }),
  eventOf('gap', { missed: null, cursor: 'e-1' }),
  eventOf('alone'),
  { type: PacketType.ACK, nsp: '/', id: 7, data: [{ seq: 1 }] },
  { type: PacketType.CONNECT, nsp: '/', data: { sid: 'abc' } },
  { type: PacketType.DISCONNECT, nsp: '/' },
])('and all else as well: %j', (packet) => {
  expect(new SharingEncoder().encode({ ...packet })).toEqual(new Encoder().encode({ ...packet }));
});
