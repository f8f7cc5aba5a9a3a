import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, constants as zlib } from 'node:zlib';

/** Codings that `decoded` understands, as browsers name them (Chromium adds `zstd`). */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

/** Whatever has come is to be given out at once; a stream that breaks off is an error of its own. */
const ZLIB = { flush: zlib.Z_SYNC_FLUSH } as const;

/** A body without its content codings (RFC 9110 §8.4), as it comes. Throws where a coding is not known. */
export function decoded(body: Readable, contentEncoding: string | undefined): Readable {
  const codings = (contentEncoding ?? '').toLowerCase().split(',');
  // The last coding was put on last, so it comes off first.
  return codings.reduceRight<Readable>((stream, coding) => takeOff(stream, coding.trim()), body);
}

function takeOff(stream: Readable, coding: string): Readable {
  if (coding === '' || coding === 'identity') return stream;
  const decoder = createDecoder(coding);
  if (!decoder) {
    stream.on('error', () => undefined).destroy(); // whose body nobody will read
    throw new Error(`The answer has a content coding that was not asked for: ${coding}.`);
  }
  // Whoever reads the decoder sees the error.
  return pipeline(stream, decoder, () => undefined);
}

function createDecoder(coding: string) {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip(ZLIB);
  if (coding === 'deflate') return createInflate(ZLIB);
  if (coding === 'br') return createBrotliDecompress({ flush: zlib.BROTLI_OPERATION_FLUSH });
  return undefined;
}
