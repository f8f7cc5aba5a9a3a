import {
  isTechnique,
  isTransportName,
  TECHNIQUES,
  type TransportName,
  transportsOf,
  WORKLOAD_RANGES,
  type Workload,
} from '../../server/wire.ts';

/** What can be set about the view; it lives in the page's query, so that a link shows the same. */
export interface ViewSettings {
  /** Time from one short poll to the next. */
  readonly intervalMs: number;
  /** How long the server may hold a long poll. */
  readonly holdMs: number;
  /** How much of the past the timeline shows. */
  readonly timelineMs: number;
  /** Transports that are to run, in the order in which they were switched on. */
  readonly lanes: readonly TransportName[];
}

/** The server's publisher as a link wants it; what is absent stays as it is there. */
export type WantedWorkload = Partial<Pick<Workload, 'ratePerSecond' | 'payloadBytes' | 'kind' | 'arrival'>>;

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The number settings by their name in the query: how they are shown there, and within which range. */
export const NUMBER_SETTINGS = {
  rate: WORKLOAD_RANGES.ratePerSecond,
  payload: WORKLOAD_RANGES.payloadBytes,
  /** ms */
  interval: { min: 20, max: 60_000 },
  /** s; the server's own range for `wait`. */
  hold: { min: 1, max: 60 },
} as const satisfies Record<string, Range>;

export const TIMELINE_SECONDS = [5, 10, 30] as const;

export const DEFAULT_VIEW: ViewSettings = {
  intervalMs: 1000,
  holdMs: 25_000,
  timelineMs: 10_000,
  lanes: TECHNIQUES,
};

export interface Link {
  readonly view: ViewSettings;
  readonly workload: WantedWorkload;
}

/** Reads a query (`?rate=20&interval=500`). What is missing, unknown or out of range is left at its default. */
export function parseLink(search: string): Link {
  const query = new URLSearchParams(search);
  const number = (name: keyof typeof NUMBER_SETTINGS): number | undefined =>
    parseNumber(query.get(name) ?? '', NUMBER_SETTINGS[name]);
  const interval = number('interval');
  const hold = number('hold');
  const seconds = TIMELINE_SECONDS.find((known) => String(known) === query.get('timeline'));
  const arrival = query.get('arrival');
  const kind = query.get('kind');
  const rate = number('rate');
  const payload = number('payload');
  return {
    view: {
      intervalMs: interval ?? DEFAULT_VIEW.intervalMs,
      holdMs: hold === undefined ? DEFAULT_VIEW.holdMs : hold * 1000,
      timelineMs: seconds === undefined ? DEFAULT_VIEW.timelineMs : seconds * 1000,
      lanes: lanesOf(namesIn(query.get('off')), namesIn(query.get('on'))),
    },
    workload: {
      ...(rate === undefined ? {} : { ratePerSecond: rate }),
      ...(payload === undefined ? {} : { payloadBytes: Math.round(payload) }),
      ...(kind === 'text' || kind === 'binary' ? { kind } : {}),
      ...(arrival === 'poisson' || arrival === 'periodic' ? { arrival } : {}),
    },
  };
}

function namesIn(list: string | null): readonly TransportName[] {
  return [...new Set((list ?? '').split(','))].filter(isTransportName);
}

/** The techniques run unless they are switched off, all others where they are switched on and a page can run them. */
function lanesOf(off: readonly TransportName[], on: readonly TransportName[]): readonly TransportName[] {
  const further = on.filter((name) => !isTechnique(name) && transportsOf('browser').includes(name));
  return [...TECHNIQUES, ...further].filter((name) => !off.includes(name));
}

/** The query that brings back these settings. */
export function formatLink({ view, workload }: Link): string {
  const query = new URLSearchParams();
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) query.set(name, String(value));
  };
  set('rate', workload.ratePerSecond);
  set('payload', workload.payloadBytes);
  set('kind', workload.kind);
  set('arrival', workload.arrival);
  if (view.intervalMs !== DEFAULT_VIEW.intervalMs) set('interval', view.intervalMs);
  if (view.holdMs !== DEFAULT_VIEW.holdMs) set('hold', view.holdMs / 1000);
  if (view.timelineMs !== DEFAULT_VIEW.timelineMs) set('timeline', view.timelineMs / 1000);
  // Commas are legible in a query; URLSearchParams would encode them.
  const lists = Object.entries({
    off: TECHNIQUES.filter((name) => !view.lanes.includes(name)),
    on: view.lanes.filter((name) => !isTechnique(name)),
  }).flatMap(([key, names]) => (names.length > 0 ? [`${key}=${names.join(',')}`] : []));
  return [query.toString(), ...lists].filter((part) => part !== '').join('&');
}

/** A decimal number within the range, or undefined. */
export function parseNumber(text: string, { min, max }: Range): number | undefined {
  if (text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) && number >= min && number <= max ? number : undefined;
}

/** A token given in the fragment, which browsers do not send: `#token=…` or `#/?token=…`. */
export function tokenOfFragment(hash: string): string | undefined {
  const text = hash.replace(/^#/, '').replace(/^\/[^?]*\??/, '');
  return new URLSearchParams(text).get('token') ?? undefined;
}
