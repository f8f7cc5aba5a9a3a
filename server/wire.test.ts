import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  draftJson,
  encodeBinaryEnvelope,
  encodeEnvelope,
  formatCursor,
  isTechnique,
  openEnvelope,
  parseCursor,
  TECHNIQUES,
  TRANSPORT_NAMES,
  TRANSPORTS,
} from './wire.ts';

const epochs = fc.stringMatching(/^[a-z0-9]{1,32}$/);
const seqs = fc.integer({ min: 0, max: 999_999_999_999_999 });

test('a cursor is read back as the position it was written for', () => {
  fc.assert(
    fc.property(epochs, seqs, (epoch, seq) => {
      expect(parseCursor(formatCursor({ epoch, seq }))).toEqual({ epoch, seq });
    }),
  );
});

test('a text is a cursor only where it is the one way of writing its position', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9]{0,3}-?[0-9+. -]{0,17}$/)), (text) => {
      const position = parseCursor(text);
      if (position) expect(formatCursor(position)).toBe(text);
    }),
  );
});

test.each([
  '',
  '-',
  'a-',
  '-1',
  'a-01',
  'a--1',
  'a-1.5',
  'a-1e3',
  'A-1',
  'a-1\n',
  ' a-1',
  'a-9999999999999999',
])('%j is no cursor', (text) => {
  expect(parseCursor(text)).toBeUndefined();
});

test('an envelope is the JSON of its message', () => {
  fc.assert(
    fc.property(
      seqs,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.jsonValue(),
      (...parts) => {
        const [seq, at, type, data] = parts;
        const parsed = JSON.parse(encodeEnvelope(seq, at, type, JSON.stringify(data)));
        expect(parsed).toEqual(JSON.parse(JSON.stringify({ seq, at, type, data })));
      },
    ),
  );
});

test('bytes come back from an envelope as they were drafted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
      const draft = draftJson({ type: 't', data: bytes, key: 'k' });
      if (!('base64' in draft)) throw new Error('bytes became JSON');
      expect(draft).toEqual({ type: 't', key: 'k', base64: Buffer.from(bytes).toString('base64') });
      const envelope = JSON.parse(encodeBinaryEnvelope(1, 2.5, 't', draft.base64));
      expect(openEnvelope(envelope)).toEqual({ seq: 1, at: 2.5, type: 't', data: bytes });
    }),
  );
  expect(draftJson({ type: 't', data: [1] })).toEqual({ type: 't', data: [1] });
});

test('every transport looks like no other', () => {
  const infos = TRANSPORT_NAMES.map((name) => TRANSPORTS[name]);
  for (const field of ['title', 'colour', 'marker'] as const) {
    expect(new Set(infos.map((info) => info[field])).size).toBe(infos.length);
  }
});

test('every technique has a place of its own in the folk ranking, and nothing else has one', () => {
  expect(TECHNIQUES.map((name) => TRANSPORTS[name].folkRank).sort()).toEqual([1, 2, 3, 4]);
  for (const name of TRANSPORT_NAMES) expect(TRANSPORTS[name].folkRank !== undefined).toBe(isTechnique(name));
});

test('what is measured against another is not measured against itself', () => {
  for (const name of TRANSPORT_NAMES) {
    const { family, against } = TRANSPORTS[name];
    expect(against === undefined).toBe(family === 'technique');
    if (against !== undefined) expect(isTechnique(against)).toBe(true);
  }
});
