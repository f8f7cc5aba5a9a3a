import type { Activity, ConnectionState, RequestOutcome } from '../clients/client.ts';

/** What a request is to the browser: one that is answered and over, an endless response, or an upgraded socket. */
export type BarKind = 'request' | 'stream' | 'socket';

/** A request, from its start to its end: ms. */
export interface Bar {
  readonly id: number;
  readonly start: number;
  kind: BarKind;
  end?: number;
  outcome?: RequestOutcome;
  messages: number;
}

/** A message, or several that were due together and came together: ms. */
export interface Arrival {
  readonly due: number;
  readonly at: number;
  count: number;
}

/** The line was down: between two attempts, or cut on purpose. ms. */
export interface Outage {
  readonly start: number;
  readonly cut: boolean;
  end?: number;
}

const MAX_BARS = 4000;
/** Messages closer than this, in due time and in arrival, are one mark: less than a pixel apart. */
const MERGE_MS = 2;
const MAX_ARRIVALS = 20_000;
const MAX_OUTAGES = 200;

/** The recent past of one transport, for the timeline. Bounded in time by `prune`, and in number. */
export class Trace {
  #bars: Bar[] = [];
  #arrivals: Arrival[] = [];
  #outages: Outage[] = [];

  /** Oldest first. */
  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /** In the order they came. */
  get arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  get outages(): readonly Outage[] {
    return this.#outages;
  }

  activity(activity: Activity): void {
    if (activity.kind === 'state') this.#become(activity.state, activity.at);
    else if (activity.kind === 'request') {
      this.#bars.push({ id: activity.id, start: activity.at, kind: 'request', messages: 0 });
      if (this.#bars.length > MAX_BARS) this.#bars.shift();
    } else {
      const bar = this.#bars.findLast(({ id, end }) => id === activity.id && end === undefined);
      if (!bar) return;
      bar.end = activity.at;
      bar.outcome = activity.outcome;
      bar.messages = activity.messages;
    }
  }

  /** The request that has just begun is more than a request. */
  becomes(kind: BarKind): void {
    const bar = this.#bars.at(-1);
    if (bar && bar.end === undefined) bar.kind = kind;
  }

  message(due: number, at: number): void {
    const last = this.#arrivals.at(-1);
    if (last && Math.abs(at - last.at) < MERGE_MS && Math.abs(due - last.due) < MERGE_MS) {
      last.count += 1;
      return;
    }
    this.#arrivals.push({ due, at, count: 1 });
    if (this.#arrivals.length > MAX_ARRIVALS) this.#arrivals.shift();
  }

  /** Forgets what was over before `time`, ms. */
  prune(time: number): void {
    if ((this.#bars[0]?.end ?? Number.POSITIVE_INFINITY) < time) {
      this.#bars = this.#bars.filter(({ end }) => end === undefined || end >= time);
    }
    this.#outages = this.#outages.filter(({ end = Number.POSITIVE_INFINITY }) => end >= time);
    const keep = this.#arrivals.findIndex(({ at }) => at >= time);
    if (keep !== 0) this.#arrivals = keep < 0 ? [] : this.#arrivals.slice(keep);
  }

  #become(state: ConnectionState, at: number): void {
    const outage = this.#outages.at(-1);
    const down = outage && outage.end === undefined;
    if (state === 'open' || state === 'closed') {
      if (down) outage.end = at;
    } else if (state !== 'connecting' && !(down && outage.cut === (state === 'cut'))) {
      if (down) outage.end = at;
      this.#outages.push({ start: at, cut: state === 'cut' });
      if (this.#outages.length > MAX_OUTAGES) this.#outages.shift();
    }
  }
}
