import type { Manners } from '../wire.ts';

/** What manners (server/wire.ts) amount to. */
export interface Conduct {
  readonly manners: Manners;
  /** On every answer of a feed without a body. */
  readonly headers: Readonly<Record<string, string>>;
  /** On those with one, which is JSON. Its `Content-Length` is set by `setHeader`, where the tap can read it. */
  readonly bodyHeaders: Readonly<Record<string, string>>;
  /** On streams, instead. */
  readonly streamHeaders: Readonly<Record<string, string>>;
  /** Whether a connection that is silent for long shows that it is alive. */
  readonly heartbeats: boolean;
  /** How long a long poll may be held, and is where it does not say: seconds. */
  readonly holdSeconds: { readonly min: number; readonly max: number; readonly default: number };
}

const NOT_GUESSED = { 'X-Content-Type-Options': 'nosniff' } as const;
const POLITE = { 'Cache-Control': 'no-store', ...NOT_GUESSED } as const;
const JSON_BODY = { 'Content-Type': 'application/json' } as const;

export const CONDUCT: Readonly<Record<Manners, Conduct>> = {
  polite: {
    manners: 'polite',
    headers: POLITE,
    bodyHeaders: { ...POLITE, ...JSON_BODY },
    streamHeaders: {
      // What compresses on the way waits for a block to be full: `no-transform` forbids it (RFC 9111 §5.2.2.6).
      'Cache-Control': 'no-store, no-transform',
      ...NOT_GUESSED,
      'X-Accel-Buffering': 'no',
    },
    heartbeats: true,
    holdSeconds: { min: 1, max: 60, default: 25 },
  },
  naive: {
    manners: 'naive',
    headers: {},
    bodyHeaders: JSON_BODY,
    streamHeaders: {},
    heartbeats: false,
    holdSeconds: { min: 1, max: 3600, default: 3600 },
  },
};
