import type {
  BrowserName,
  BrowserStatement,
  CompatData,
  Identifier,
  SimpleSupportStatement,
  SupportStatement,
} from '@mdn/browser-compat-data/types';
import type { KnownFirst } from './support-majors.ts';

/** Browsers whose first version is told, by MDN's names for them. */
const BROWSERS = [
  'chrome',
  'edge',
  'firefox',
  'safari',
  'opera',
  'ie',
  'chrome_android',
  'safari_ios',
] as const satisfies readonly BrowserName[];

/** A stretch of a browser's releases that has a feature: indices, the end not included. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly version: string;
  /** It may have begun earlier: nobody has looked further back. */
  readonly vague: boolean;
}

/** The first version and its date for each browser. Throws where MDN has no such feature. */
export function firstsByMdn(mdn: CompatData, path: readonly string[]): readonly KnownFirst[] {
  const support = supportOf(mdn, path);
  return BROWSERS.map((name) => {
    const browser = mdn.browsers[name];
    const [first] = stretches(browser, support[name]).sort((a, b) => a.from - b.from);
    const version = first?.version ?? null;
    // Of `≤4` it is known that 4 has it, and not since when.
    const vague = first?.vague === true;
    const date = (version === null || vague ? undefined : browser.releases[version]?.release_date) ?? null;
    return {
      browser: browser.name,
      version: vague ? `≤${version}` : version,
      date,
      always: first?.from === 0,
    };
  });
}

/** Share of all releases of browsers for desktops and phones that have it: 0 to 1. */
export function releasedShare(mdn: CompatData, path: readonly string[]): number | null {
  const support = supportOf(mdn, path);
  let all = 0;
  let having = 0;
  // Object.entries loses the literal type of the keys it returns.
  for (const [name, browser] of Object.entries(mdn.browsers) as [BrowserName, BrowserStatement][]) {
    if (browser.type !== 'desktop' && browser.type !== 'mobile') continue;
    const parts = stretches(browser, support[name]);
    for (const { status, index } of Object.values(browser.releases)) {
      if (status === 'beta' || status === 'nightly' || status === 'planned') continue;
      all += 1;
      if (parts.some(({ from, to }) => index >= from && index < to)) having += 1;
    }
  }
  return all === 0 ? null : having / all;
}

function supportOf(mdn: CompatData, path: readonly string[]) {
  const [part = '', ...rest] = path;
  // `api`, `html`: places of the data that hold features, beside others that do not.
  const start = (mdn as unknown as Readonly<Record<string, Identifier | undefined>>)[part];
  const found = rest.reduce<Identifier | undefined>((place, name) => place?.[name], start);
  const { support } = found?.__compat ?? {};
  if (!support) throw new Error(`@mdn/browser-compat-data has no ${path.join('.')}: its name has changed.`);
  return support;
}

/** Where a browser has it for everybody, as the standard says. */
function stretches(browser: BrowserStatement, support: SupportStatement | undefined): Stretch[] {
  const statements = support === undefined ? [] : Array.isArray(support) ? support : [support];
  return statements.filter(isFull).flatMap(({ version_added: added, version_removed: removed }) => {
    const version = added === false ? undefined : added.replace('≤', '');
    const from = version === undefined ? undefined : browser.releases[version]?.index;
    if (version === undefined || from === undefined) return [];
    const to = removed === undefined ? undefined : browser.releases[removed]?.index;
    return [{ from, to: to ?? Number.POSITIVE_INFINITY, version, vague: version !== added }];
  });
}

function isFull(statement: SimpleSupportStatement): boolean {
  const { flags, prefix, alternative_name, partial_implementation } = statement;
  return !flags && prefix === undefined && alternative_name === undefined && !partial_implementation;
}
