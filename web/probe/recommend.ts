import { isTechnique, TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { findCuts } from './findings/cuts.ts';
import { findLate } from './findings/held-back.ts';
import { ofTechniques, rowsOf } from './findings/view.ts';
import type { Outcome, ProbeResult, ProbeRow } from './schema.ts';
import { listed } from './words.ts';

export interface Advice {
  /** Null where none gets through. */
  readonly transport: TransportName | null;
  readonly why: string;
}

export interface Recommendation {
  /** On this path as it is, with a server that knows its manners. */
  readonly now: Advice;
  /** When the remedies have been applied. */
  readonly after: Advice;
}

/** From the best choice for a feed to the one that is always left. */
const PREFERENCE: readonly TransportName[] = ['sse', 'websocket', 'long-poll', 'short-poll'];

const UNASKED: Advice = {
  transport: null,
  why: 'None of the four techniques was probed: there is nothing to choose from.',
};

/** Which transport to choose on this path and why: as it is, and after the remedies. */
export function recommend(whole: ProbeResult): Recommendation {
  const result = ofTechniques(whole);
  if (!result.rows.some(({ transport }) => isTechnique(transport))) return { now: UNASKED, after: UNASKED };
  const now = chooseNow(result);
  const late = findLate(result).length > 0;
  const allWhole = (rows: readonly ProbeRow[]): boolean => rows.every(({ outcome }) => outcome === 'whole');
  if (allWhole(result.rows) && !late) return { now, after: now };
  const polite = result.rows.filter(({ manners }) => manners === 'polite');
  const onlyNaive = polite.length > 0 && allWhole(polite) && !late;
  const aged = findCuts(result).some(({ id }) => id === 'age-cut');
  const why = onlyNaive
    ? 'All of them pass as long as the server is as well prepared as the polite one was.'
    : aged
      ? 'Where the limit to a connection’s age cannot be raised the cuts stay, and a client that resumes from its cursor does not mind them: then take SSE, or WebSocket where clients talk as much as they listen.'
      : 'Once the remedies are applied all of them pass: then take SSE for a feed that goes one way, and WebSocket where clients talk as much as they listen.';
  return { now, after: { transport: onlyNaive ? now.transport : 'sse', why } };
}

function chooseNow(result: ProbeResult): Advice {
  const late = findLate(result).length > 0;
  const best = (accepted: readonly Outcome[]): readonly TransportName[] =>
    PREFERENCE.filter((name) => {
      const rows = politeRows(result, name);
      return rows.length > 0 && rows.every(({ outcome }) => accepted.includes(outcome));
    });
  const whole = best(['whole']);
  const uncut = late ? [...whole].sort((a, b) => lateness(result, a) - lateness(result, b)) : whole;
  const [transport] = uncut;
  if (transport !== undefined && transport !== 'short-poll') {
    return { transport, why: whyWhole(transport, uncut, late) };
  }
  const [recovering] = best(['whole', 'recovered']);
  if (recovering !== undefined && recovering !== 'short-poll') {
    const instead =
      transport === undefined ? '' : ' The short poll is not cut, and late by half its interval.';
    return {
      transport: recovering,
      why: `Take ${TRANSPORTS[recovering].title}: it is cut on this path, but comes back without a loss, as long as its client resumes from a cursor.${instead}`,
    };
  }
  if (recovering !== undefined) {
    return { transport: recovering, why: 'Take the short poll: as the path is, nothing else gets through.' };
  }
  return { transport: null, why: 'As it is, none of them can be relied on here.' };
}

/** Of a server that knows its manners, where it was asked for; else of the one that was. */
function politeRows(result: ProbeResult, name: TransportName): readonly ProbeRow[] {
  const rows = rowsOf(result, name);
  const polite = rows.filter(({ manners }) => manners === 'polite');
  return polite.length > 0 ? polite : rows;
}

/** Whether its messages come late by what is on the way: 1, else 0. What a poll waits for by itself is not meant. */
function lateness(result: ProbeResult, name: TransportName): number {
  const alone = {
    ...result,
    rows: result.rows.filter((row) => row.transport === name || !isStream(row.transport)),
  };
  return isStream(name) && findLate(alone).length > 0 ? 1 : 0;
}

function isStream(name: TransportName): boolean {
  return TRANSPORTS[name].paced === 'push';
}

function whyWhole(transport: TransportName, whole: readonly TransportName[], late: boolean): string {
  const { title } = TRANSPORTS[transport];
  const both = whole.includes('sse') && whole.includes('websocket');
  if (transport === 'sse' || (transport === 'websocket' && both && !late)) {
    return `Take SSE, which is plain HTTP and comes back by itself${both ? ', or WebSocket where clients talk as much as they listen: it passes as well' : ''}.`;
  }
  if (transport === 'websocket') {
    return `Take WebSocket: ${both ? 'it is in time here, which SSE is not' : 'it passes whole, which SSE does not'}.`;
  }
  const others = PREFERENCE.slice(0, PREFERENCE.indexOf(transport)).map((name) => TRANSPORTS[name].title);
  return `Take ${title}: as the path is, ${listed(others)} ${others.length > 1 ? 'do' : 'does'} not pass whole.`;
}
