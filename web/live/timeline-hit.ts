import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { formatMs, inWords } from './format.ts';
import { type Bar, isEnded, type Trace } from './trace.ts';

/** What a point of the timeline shows, in words: a title and lines. */
export interface Described {
  readonly title: string;
  readonly lines: readonly string[];
}

const KINDS = { request: 'Request', stream: 'Endless response', socket: 'Socket' } as const;
const OUTCOMES = {
  messages: 'answered',
  empty: 'answered: nothing new',
  ended: 'over',
  failed: 'failed',
} as const;

/** Describes what a transport did at `time`, give or take `toleranceMs`; undefined where there is nothing. */
export function describe(
  name: TransportName,
  { open, ended, arrivals, outages }: Trace,
  time: number,
  toleranceMs: number,
  now: number,
): Described | undefined {
  const near = arrivals.items.filter(({ at }) => Math.abs(at - time) <= toleranceMs);
  const closest = near.reduce(
    (best, one) => Math.min(best, Math.abs(one.at - time)),
    Number.POSITIVE_INFINITY,
  );
  const came = near.filter(({ at }) => Math.abs(at - time) === closest);
  const bars: readonly Bar[] = [...ended.items, ...open.items];
  const bar = bars.findLast(
    (one) => one.start - toleranceMs <= time && time <= (isEnded(one) ? one.end : now) + toleranceMs,
  );
  const lines: string[] = [];
  if (came.length > 0) lines.push(describeDelivery(came));
  if (bar) lines.push(...describeBar(bar, now));
  const outage = outages.items.findLast(({ start, end = now }) => start <= time && time <= end);
  if (outage && lines.length === 0) {
    lines.push(
      `${outage.cut ? 'Cut on purpose' : 'No connection'} for ${duration(outage.start, outage.end ?? now)}`,
    );
  }
  return lines.length === 0 ? undefined : { title: TRANSPORTS[name].title, lines };
}

function describeDelivery(came: Trace['arrivals']['items']): string {
  const count = came.reduce((sum, one) => sum + one.count, 0);
  const waits = came.map(({ due, at }) => Math.max(0, at - due));
  const shortest = inWords(formatMs(Math.min(...waits)));
  const longest = inWords(formatMs(Math.max(...waits)));
  if (count === 1 || shortest === longest)
    return `${messages(count)}, ${longest} after ${count === 1 ? 'it was' : 'they were'} due`;
  return `${messages(count)}, ${shortest} to ${longest} after they were due`;
}

function describeBar(bar: Bar, now: number): readonly string[] {
  const kind = KINDS[bar.kind];
  if (!isEnded(bar)) return [`${kind} ${bar.id}: open for ${duration(bar.start, now)}`];
  const took = duration(bar.start, bar.end);
  const brought =
    bar.outcome === 'messages' ? `answered with ${messages(bar.messages)}` : OUTCOMES[bar.outcome];
  return [`${kind} ${bar.id}: ${brought} after ${took}`];
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

function duration(from: number, to: number): string {
  return inWords(formatMs(Math.max(0, to - from)));
}
