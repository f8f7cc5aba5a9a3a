import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from './line-reader.ts';

test('lines come out as they went in, however the bytes are cut', () => {
  const line = fc
    .uint8Array({ maxLength: 50 })
    .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10)));
  fc.assert(
    fc.property(
      fc.array(line),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (lines, cuts) => {
        const bytes = Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]));
        const reader = new LineReader(50);
        const read: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const cut = cuts[i % cuts.length]!;
          read.push(...(reader.read(bytes.subarray(at, at + cut)) ?? [Buffer.from('too long')]));
          at += cut;
        }
        expect(read).toEqual(lines);
      },
    ),
  );
});

test('a line may be as long as the limit, and no byte longer, whether its end has come or not', () => {
  const feed = (...chunks: string[]) => {
    const reader = new LineReader(5);
    return chunks.map((chunk) => reader.read(Buffer.from(chunk))?.map(String));
  };
  expect(feed('12345\n')).toEqual([['12345']]);
  expect(feed('123', '45', '\n')).toEqual([[], [], ['12345']]);
  expect(feed('123456')).toEqual([undefined]);
  expect(feed('123456\n')).toEqual([undefined]);
  expect(feed('1\n123', '456')).toEqual([['1'], undefined]);
});
