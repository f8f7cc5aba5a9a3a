import { expect, test } from 'vitest';
import { MessageReader, violationsOf } from './counting.ts';
import { peerMessage, postedMessage } from './message.ts';

const JSON_OF = [1, 2, 3].map((seq) => JSON.stringify(peerMessage(10_000 + seq)));

test.each([
  ['one behind the other', JSON_OF.join('')],
  ['within a string', JSON.stringify(JSON_OF)],
])('messages are read wherever their bytes are cut: %s', (_, text) => {
  for (let size = 1; size <= text.length; size++) {
    const reader = new MessageReader();
    const times: number[] = [];
    for (let at = 0; at < text.length; at += size) {
      reader.read(text.slice(at, at + size), (time) => times.push(time));
    }
    expect(reader.messages, `cut every ${size}`).toBe(3);
    expect(times).toEqual(JSON_OF.map((json) => JSON.parse(json).at));
    expect(reader.violation).toBeUndefined();
  }
});

test('a message that was posted was due when its data says', () => {
  const message = peerMessage(10_001);
  const reader = new MessageReader();
  const times: number[] = [];
  reader.read(JSON.stringify({ ...message, at: 5, ...postedMessage(message) }), (at) => times.push(at));
  expect(times).toEqual([message.at]);
});

test.each([
  ['lost', [0, 2], 'message 10003 came after 10001'],
  ['doubled', [0, 0], 'message 10001 came after 10001'],
  ['out of order', [1, 0], 'message 10001 came after 10002'],
])('a message that was %s is seen', (_, order, violation) => {
  const reader = new MessageReader();
  for (const i of order) reader.read(JSON_OF[i]!);
  expect(reader.violation).toBe(violation);
});

test('every socket must have as many bytes as the one that is read', () => {
  const reference = { bytes: 240, messages: 2 };
  expect(violationsOf({ reference, bytes: [240, 240], expectedMessages: 2 })).toEqual([]);
  expect(violationsOf({ reference, bytes: [240, 241], expectedMessages: 2 })).toEqual([
    expect.stringContaining('1 of 2 sockets received another number of bytes than the 240 expected'),
  ]);
  expect(violationsOf({ reference, bytes: [240, 240], expectedMessages: 3 })).toEqual([
    '2 of 3 messages reached the socket that is read',
  ]);
});
