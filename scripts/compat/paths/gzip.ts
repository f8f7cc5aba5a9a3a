import { createGzip } from 'node:zlib';
import { type Exchange, endToEnd, passOn, without } from '../hop/forward.ts';
import { startReverseProxy } from '../hop/reverse-proxy.ts';
import type { MechanismPath } from '../path.ts';

export default {
  family: 'mechanism',
  title: 'Compression',
  standsFor:
    'A proxy or a piece of middleware that compresses responses for those who accept it and never flushes its compressor: small events stay in it. It honours `no-transform` (RFC 9111 §5.2.2.6).',
  recognisedAs: ['compressed'],
  start: ({ target }) =>
    startReverseProxy(target, {
      upgrades: 'pass',
      respond: (exchange) => {
        if (!compresses(exchange)) return passOn(exchange);
        const headers = without(endToEnd(exchange.answer), ['content-length', 'etag', 'accept-ranges']);
        passOn(exchange, [createGzip()], [...headers, 'Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding']);
      },
    }),
} satisfies MechanismPath;

function compresses({ request, answer }: Exchange): boolean {
  const { headers, statusCode = 0 } = answer;
  return (
    request.method !== 'HEAD' &&
    // Parts of a body are parts of what was not compressed; 204 and 304 have none.
    ![204, 206, 304].includes(statusCode) &&
    headers['content-encoding'] === undefined &&
    !/\bno-transform\b/i.test(headers['cache-control'] ?? '') &&
    acceptsGzip(request.headers['accept-encoding'])
  );
}

/** RFC 9110 §12.5.3: a coding with the weight 0 is not acceptable. */
function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  return String(acceptEncoding ?? '')
    .split(',')
    .some((coding) => /^\s*gzip\s*(;|$)/i.test(coding) && !/;\s*q=0(\.0*)?\s*$/i.test(coding));
}
