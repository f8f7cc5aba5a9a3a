import type { IncomingMessage, ServerResponse } from 'node:http';

/** True where a request's head announces a body, of no bytes or more (RFC 9112 §6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Bytes of a request's head (RFC 9112 §2.1) as its parts say, since a body can arrive in the same segment.
 * Exact where header lines are written `Name: value`, as all common clients do.
 */
export function headBytesOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): number {
  const requestLine = `${method} ${url} HTTP/${httpVersion}\r\n`.length;
  // Names alternate with values: `: ` behind one, CRLF behind the other, so two bytes each.
  return rawHeaders.reduce((sum, part) => sum + part.length + 2, requestLine) + 2;
}

/** Bytes of a response's body that have been written, where its length was given beforehand. */
export function bodyBytesOf(response: ServerResponse): number {
  if (!response.writableEnded || response.req.method === 'HEAD') return 0;
  return Number(response.getHeader('content-length') ?? 0);
}
