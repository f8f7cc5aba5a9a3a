import { expect, test } from 'vitest';
import { Entry, type EntryEncoding, eachAs, Page } from './entry.ts';

const bracketed: EntryEncoding = (entry) => Buffer.from(`<${entry.seq}>`);
const BRACKETED = eachAs(bracketed);

const entryOf = (seq: number, json: string): Entry =>
  new Entry({ epoch: 'e1', seq, at: 0, type: 't', body: { json } });

const entries = [1, 2, 3].map((seq) => entryOf(seq, '"x"'));
const [first] = entries;

test('an entry is encoded once, and all who ask share the same bytes', () => {
  const entry = entryOf(7, '1');
  let made = 0;
  const counted: EntryEncoding = () => Buffer.from(String(++made));
  expect(entry.as(counted)).toBe(entry.as(counted));
  expect(made).toBe(1);
  expect(entry.as(bracketed)).not.toBe(entry.as(counted));
});

test('a page of one entry is that entry’s own bytes, one of several is theirs joined once', () => {
  expect(new Page([first!], { epoch: 'e1', seq: 1 }).as(BRACKETED)).toBe(first!.as(bracketed));
  const page = new Page(entries, { epoch: 'e1', seq: 3 });
  expect(page.as(BRACKETED)).toBe(page.as(BRACKETED));
  expect(page.as(BRACKETED).toString()).toBe('<1><2><3>');
});

test('an empty page has no bytes to share', () => {
  expect(() => new Page([], { epoch: 'e1', seq: 0 }).as(BRACKETED)).toThrow(RangeError);
});

test('the envelope is made once, and is the message as every transport carries it', () => {
  const entry = new Entry({
    epoch: 'e1',
    seq: 42,
    at: 1790000000123.456,
    type: 'tick',
    body: { json: '{"a":[1]}' },
  });
  expect(entry.envelope.toString()).toBe('{"seq":42,"at":1790000000123.456,"type":"tick","data":{"a":[1]}}');
  expect(entry.envelopeBytes).toBe(entry.envelope.length);
  expect(entry.envelope).toBe(entry.envelope);
  expect(entry.cursor).toBe('e1-42');
});

test.each([0, 1, 2, 3, 1000])('the length of the envelope of %i bytes is known without it', (length) => {
  const body = { bytes: Buffer.alloc(length) };
  const { envelopeBytes, envelope } = new Entry({ epoch: 'e1', seq: 3, at: 2.5, type: 'blob', body });
  expect(envelopeBytes).toBe(envelope.length);
});

test('the envelope of a message that is bytes has them as base64', () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const entry = new Entry({ epoch: 'e1', seq: 3, at: 2.5, type: 'blob', body: { bytes } });
  expect(JSON.parse(entry.envelope.toString())).toEqual({
    seq: 3,
    at: 2.5,
    type: 'blob',
    base64: 'AP8KDYA=',
  });
  expect(entry.bytes).toBe(bytes);
});
