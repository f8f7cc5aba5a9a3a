import type { FirstSupport } from '../../web/compat/schema.ts';

/** A browser's first version, as the packages' readers find it. */
export interface KnownFirst extends FirstSupport {
  /** True where no version of it was ever without. */
  readonly always: boolean;
}

/** A browser with its version and the day it came out. */
export interface Last {
  readonly browser: string;
  readonly version: string;
  readonly date: string;
}

/** One after the other from the same maker: it is the first of them that counts. Others stand for themselves. */
const SUCCESSORS: Readonly<Record<string, string>> = { IE: 'Edge', 'Internet Explorer': 'Edge' };

/**
 * The last of the major browsers to get a feature; null where one of them has not. One that came into the
 * world with it has kept nobody waiting.
 */
export function lastOfMajors(firsts: readonly KnownFirst[]): Last | null {
  const byLine = new Map<string, Last | null>();
  const lines = new Set(Object.values(SUCCESSORS));
  for (const { browser, version, date, always } of firsts) {
    const line = SUCCESSORS[browser] ?? browser;
    if (always && !lines.has(line)) continue;
    const earlier = byLine.get(line) ?? null;
    const own = version === null || date === null ? null : { browser, version, date };
    byLine.set(line, earlierOf(earlier, own));
  }
  let last: Last | null = null;
  for (const first of byLine.values()) {
    if (!first) return null;
    if (!last || first.date > last.date) last = first;
  }
  return last;
}

export function describeLast(last: Last | null): string {
  return last ? `since ${last.date} (${last.browser} ${last.version} was the last)` : 'not yet';
}

function earlierOf(a: Last | null, b: Last | null): Last | null {
  if (!a || !b) return a ?? b;
  return a.date <= b.date ? a : b;
}
