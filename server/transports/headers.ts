/**
 * On every answer of a feed: no cache may keep it, no browser may guess its type.
 * A body's `Content-Length` is set by `setHeader`, where the tap can read it.
 */
export const FEED_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const;
