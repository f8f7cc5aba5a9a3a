import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  BINARY_PROTOCOL,
  PROBLEMS,
  parseCursor,
  readBinaryMessage,
  TRANSPORT_NAMES,
  TRANSPORTS,
} from './wire.ts';

const TEXT = await readFile(new URL('PROTOCOL.md', import.meta.url), 'utf8');
const HEADINGS = TEXT.split('\n').filter((line) => line.startsWith('#'));
const BLOCKS = [...TEXT.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, body = '']) => ({
  language,
  body,
}));

test.each(TRANSPORT_NAMES)('%s has a section', (name) => {
  expect(HEADINGS.filter((heading) => heading.includes(`\`${name}\``))).toHaveLength(1);
});

test('a way up of its own is told of each that has one', () => {
  const sentence = /^(.*) have a way up of their own; all others post\.$/m.exec(TEXT)?.[1] ?? '';
  for (const name of TRANSPORT_NAMES) {
    const told =
      sentence.includes(`\`${name}\``) || (name.startsWith('socketio') && sentence.includes('Socket.IO'));
    expect([name, told]).toEqual([name, TRANSPORTS[name].up !== undefined]);
  }
});

test.each(Object.entries(PROBLEMS))('%s is told, with its status %i', (code, status) => {
  expect(TEXT).toContain(`| \`${code}\` | ${status} | `);
});

test('no problem is told that there is none', () => {
  const told = [...TEXT.matchAll(/^\| `([a-z-]+)` \| \d{3} \|/gm)].map(([, code]) => code);
  expect(told.sort()).toEqual(Object.keys(PROBLEMS).sort());
});

test('every example of JSON is JSON, a document or one on each line', () => {
  const examples = BLOCKS.filter(({ language }) => language === 'json');
  expect(examples.length).toBeGreaterThan(5);
  for (const { body } of examples) for (const line of body.trim().split('\n')) JSON.parse(line);
});

test('every cursor of an example is one', () => {
  const cursors = BLOCKS.flatMap(({ body }) => body.match(/\bmwslt9ls847aea\S*?(?=["&\s])/g) ?? []);
  expect(cursors.length).toBeGreaterThan(5);
  for (const cursor of cursors) expect(parseCursor(cursor)).toBeDefined();
});

test('the lengths of the parts of a multipart body are theirs', () => {
  const parts = [...TEXT.matchAll(/Content-Length: (\d+)\n\n(.*)\n--feed/g)];
  expect(parts).toHaveLength(2);
  for (const [, length, body = ''] of parts) expect(body).toHaveLength(Number(length));
});

test('the binary frame of the example is the message that it is said to be', () => {
  expect(TEXT).toContain(`\`${BINARY_PROTOCOL}\``);
  const hex = BLOCKS.find(({ body }) => /^00( +[0-9a-f]{2})+\n$/.test(body))?.body ?? '';
  expect(readBinaryMessage(Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex')))).toEqual({
    seq: 42,
    at: 1_790_000_000_123.456,
    type: 'tick',
    data: new Uint8Array([1, 2, 3]),
  });
});
