import { describe, expect, test } from 'vitest';
import { PartSplitter } from './multipart-parts.ts';

const part = (body: string): string =>
  `Content-Type: application/json\r\nContent-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}\r\n--b`;
const document = (...bodies: readonly string[]): string => `--b\r\n${bodies.map(part).join('\r\n')}`;

/** What comes out of the pieces, piece by piece. */
function splitAll(pieces: Iterable<string>): readonly string[] | undefined {
  const splitter = new PartSplitter();
  const bodies: string[] = [];
  for (const piece of pieces) {
    const more = splitter.split(piece);
    if (!more) return undefined;
    bodies.push(...more);
  }
  return bodies;
}

const AWKWARD = [
  '{"a":1}',
  '',
  '"--b"',
  '"\u2028 漢字 😀"',
  'two\r\nlines',
  'two\nlines, and an empty one behind them\r\n',
  '\r',
  '--bb',
  '--b-',
  'x--b',
  'x'.repeat(1024 * 1024),
];

describe('a multipart body', () => {
  test('gives its parts back as they were', () => {
    expect(splitAll([`${document(...AWKWARD)}\r\n`])).toEqual(AWKWARD);
  });

  test('may be split anywhere', () => {
    const small = AWKWARD.filter(({ length }) => length < 100);
    const text = `${document(...small)}\r\n`;
    expect(splitAll(text.split(''))).toEqual(small);
    for (let at = 1; at < text.length; at++) {
      expect(splitAll([text.slice(0, at), text.slice(at)])).toEqual(small);
    }
  });

  test('gives a part as soon as the delimiter behind it has come, and not before', () => {
    const splitter = new PartSplitter();
    expect(splitter.split(document('1'))).toEqual([]);
    expect(splitter.split('\r')).toEqual([]);
    expect(splitter.split('\n')).toEqual(['1']);
    expect(splitter.split(`${part('2')}\r\n${part('3')}\r\n`)).toEqual(['2', '3']);
  });

  test('a huge part in small pieces is put together without being read again for each', () => {
    const body = 'x'.repeat(8 * 1024 * 1024);
    const text = `${document(body)}\r\n`;
    const pieces = Array.from({ length: Math.ceil(text.length / 1024) }, (_, i) =>
      text.slice(i * 1024, (i + 1) * 1024),
    );
    expect(splitAll(pieces)?.[0]).toHaveLength(body.length);
  });

  test('ends with its close delimiter, whatever stands behind it', () => {
    expect(splitAll([`${document('1')}--\r\n--b\r\n\r\nno part\r\n--b\r\n`])).toEqual(['1']);
  });

  test('has heads of any kind, and line ends without a carriage return', () => {
    expect(splitAll(['--b\n\n1\n--b\nContent-Type: text/plain\n\n2\n--b\n'])).toEqual(['1', '2']);
  });

  test('is nothing that begins with something else', () => {
    expect(splitAll(['<!doctype html>\n<title>Sign in</title>'])).toBeUndefined();
  });
});
