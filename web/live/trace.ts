import type { Activity, ConnectionState, RequestOutcome } from '../clients/client.ts';

/** What a request is to the browser: one that is answered and over, an endless response, or an upgraded socket. */
export type BarKind = 'request' | 'stream' | 'socket';

/** A request in progress, from its start: ms. */
export interface OpenBar {
  readonly id: number;
  readonly kind: BarKind;
  readonly start: number;
}

/** A request from its start to its end: ms. */
export interface EndedBar extends OpenBar {
  readonly end: number;
  readonly outcome: RequestOutcome;
  readonly messages: number;
}

/** A request, in progress or over. */
export type Bar = OpenBar | EndedBar;

export function isEnded(bar: Bar): bar is EndedBar {
  return 'end' in bar;
}

/** A message, or several that were due together and came together: ms. */
export interface Arrival {
  readonly due: number;
  readonly at: number;
  readonly count: number;
}

/** The line was down: between two attempts, or cut on purpose. ms. */
export interface Outage {
  readonly start: number;
  readonly cut: boolean;
  readonly end?: number;
}

const MAX_BARS = 4000;
/** Messages closer than this, in due time and in arrival, are one mark: less than a pixel apart. */
const MERGE_MS = 2;
const MAX_ARRIVALS = 20_000;
const MAX_OUTAGES = 200;

/** The recent past of one transport, for the timeline. Bounded in time by `prune`, and in number. */
export class Trace {
  /** In progress. */
  readonly open = new Newest<OpenBar>(MAX_BARS);
  /** Over, in the order of their ends. */
  readonly ended = new Newest<EndedBar>(MAX_BARS);
  readonly arrivals = new Newest<Arrival>(MAX_ARRIVALS);
  readonly outages = new Newest<Outage>(MAX_OUTAGES);
  readonly #kind: BarKind;

  /** `kind`: what each request of this transport is. */
  constructor(kind: BarKind) {
    this.#kind = kind;
  }

  activity(activity: Activity): void {
    if (activity.kind === 'state') this.#become(activity.state, activity.at);
    else if (activity.kind === 'request') {
      this.open.push({ id: activity.id, start: activity.at, kind: this.#kind });
    } else {
      const { id, at, outcome, messages } = activity;
      const bar = this.open.items.find((one) => one.id === id);
      if (!bar) return;
      this.open.keep((one) => one !== bar);
      this.ended.push({ ...bar, end: at, outcome, messages });
    }
  }

  message(due: number, at: number): void {
    const last = this.arrivals.items.at(-1);
    const together = last && Math.abs(at - last.at) < MERGE_MS && Math.abs(due - last.due) < MERGE_MS;
    if (together) this.arrivals.changeLast((one) => ({ ...one, count: one.count + 1 }));
    else this.arrivals.push({ due, at, count: 1 });
  }

  /** Forgets what was over before `time`, ms. */
  prune(time: number): void {
    this.ended.keep(({ end }) => end >= time);
    this.arrivals.keep(({ at }) => at >= time);
    this.outages.keep(({ end = Number.POSITIVE_INFINITY }) => end >= time);
  }

  #become(state: ConnectionState, at: number): void {
    const outage = this.outages.items.at(-1);
    const down = outage !== undefined && outage.end === undefined;
    const cut = state === 'cut';
    if (state === 'connecting' || (down && outage.cut === cut && state !== 'open' && state !== 'closed'))
      return;
    if (down) this.outages.changeLast((one) => ({ ...one, end: at }));
    if (state === 'cut' || state === 'waiting') this.outages.push({ start: at, cut });
  }
}

/** A list of the newest things, bounded in number, that knows how many there ever were. */
class Newest<T> {
  #items: T[] = [];
  #total = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Oldest first. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** How many were ever added. */
  get total(): number {
    return this.#total;
  }

  /** Those added since `total` was the given one, as far as they are still there. */
  since(total: number): readonly T[] {
    return this.#items.slice(Math.max(0, this.#items.length - (this.#total - total)));
  }

  push(item: T): void {
    this.#total += 1;
    this.#items.push(item);
    // In larger steps: to move thousands of items for each new one would be felt.
    if (this.#items.length > 1.25 * this.#limit) this.#items = this.#items.slice(-this.#limit);
  }

  changeLast(change: (item: T) => T): void {
    const last = this.#items.pop();
    if (last !== undefined) this.#items.push(change(last));
  }

  keep(wanted: (item: T) => boolean): void {
    if (!this.#items.every(wanted)) this.#items = this.#items.filter(wanted);
  }
}
