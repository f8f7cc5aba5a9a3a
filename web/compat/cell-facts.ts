import { TRANSPORTS } from '../../server/wire.ts';
import type { Loss, ProbeRow } from '../probe/schema.ts';
import { inTime } from '../probe/words.ts';
import type { Fact } from '../results/fact-list.tsx';
import { formatNumber } from '../results/format.ts';
import { OUTCOME_LOOKS } from './outcomes.ts';

const STEPS = {
  connect: 'no connection came about',
  'first-byte': 'it was answered, but no content came',
  'first-message': 'content came, but no message',
  later: 'some messages came, but not all of them in time',
} as const;

/** Losses and openings beyond these are only counted. */
const TOLD = 8;

/** All that is known of a cell, for those who open it. */
export function cellFacts(row: ProbeRow): readonly Fact[] {
  const {
    transport,
    outcome,
    failure,
    delivered,
    expected,
    cuts,
    deadNoticedMs,
    firstMessageMs,
    traffic,
    evidence,
  } = row;
  const { arrivals, openedAtMs, losses, missed, gaveUp } = evidence;
  const latest = arrivals.reduce((most, { lateMs }) => Math.max(most, lateMs), 0);
  return [
    ['Outcome', `${OUTCOME_LOOKS[outcome].word}: ${OUTCOME_LOOKS[outcome].meaning}`],
    ...(failure
      ? ([
          ['How far it came', STEPS[failure.step]],
          ['Reason', `${failure.reason}${failure.status === null ? '' : ` (status ${failure.status})`}`],
        ] as const)
      : []),
    ['Messages', `${delivered} of ${expected}${missed > 0 ? `, ${missed} told to be lost` : ''}`],
    [TRANSPORTS[transport].paced === 'push' ? 'Cuts' : 'Cuts or failed requests', String(cuts)],
    ...fact(deadNoticedMs, 'Dead connection noticed after', inTime),
    ...fact(firstMessageMs, 'First message', (ms) => `${inTime(ms)} after it was due`),
    ...fact(arrivals.length > 1 ? latest : null, 'Latest message', (ms) => `${inTime(ms)} after it was due`),
    ...fact(traffic, 'Requests', ({ requests }) => formatNumber(requests)),
    ...fact(
      traffic,
      'Bytes',
      ({ bytesIn, bytesOut }) => `${formatNumber(bytesIn)} up, ${formatNumber(bytesOut)} down`,
    ),
    ...fact(openedAtMs.length > 0 ? openedAtMs : null, 'Opened at', (at) => listed(at.map(inTime))),
    ...fact(losses.length > 0 ? losses : null, 'Lost', (all) => listed(all.map(lossText))),
    ...fact(gaveUp, 'Given up', (reason) => reason),
  ];
}

function fact<T>(value: T | null, name: string, say: (value: T) => string): readonly Fact[] {
  return value === null ? [] : [[name, say(value)]];
}

function lossText({ atMs, ageMs, silentMs, by, error }: Loss): string {
  const who = by === 'watch' ? 'given up by the client’s watch' : 'closed';
  return `at ${inTime(atMs)} (${who}; ${inTime(ageMs)} old, silent for ${inTime(silentMs)}${error === null ? '' : `: ${error}`})`;
}

function listed(items: readonly string[]): string {
  const more = items.length - TOLD;
  return `${items.slice(0, TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
