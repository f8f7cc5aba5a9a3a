import type { Sighting } from '../../server/wire.ts';
import { IN_TIME_MS, isFailed, isRefusal } from './evidence.ts';
import { isPoll, isUpgraded } from './lanes.ts';
import type { Arrival, Evidence, Failure, ProbeRow } from './schema.ts';
import type { ProbeSettings } from './settings.ts';
import { counted, inTime } from './words.ts';

export interface FailedRow {
  readonly transport: ProbeRow['transport'];
  readonly evidence: Evidence;
  /** Each message once. */
  readonly arrivals: readonly Arrival[];
  readonly settings: ProbeSettings;
  readonly dueAtMs: readonly number[];
  readonly endedAtMs: number;
  readonly sightings: readonly Sighting[] | null;
}

/** How far a row got while its messages were news, and what was seen there, in words. */
export function explainFailure(row: FailedRow): Failure {
  const step = furthestStep(row);
  const refused = row.evidence.exchanges.filter((one) => isFailed(one) && isRefusal(one.status)).at(-1);
  const status = refused?.status ?? null;
  return { step, status, reason: reasonFor(row, step, status) };
}

function furthestStep({ evidence, arrivals, settings, dueAtMs }: FailedRow): Failure['step'] {
  const newsUntilMs = (dueAtMs[settings.live - 1] ?? 0) + IN_TIME_MS;
  const soon = (atMs: number | null): boolean => atMs !== null && atMs <= newsUntilMs;
  if (arrivals.some(({ lateMs }) => lateMs <= IN_TIME_MS)) return 'later';
  if (evidence.openedAtMs.some(soon)) return 'first-message';
  const answered = evidence.exchanges.some((one) => soon(one.headMs) && !isRefusal(one.status));
  return answered ? 'first-byte' : 'connect';
}

function reasonFor(row: FailedRow, step: Failure['step'], status: number | null): string {
  const { transport, evidence, arrivals, settings } = row;
  const heldMs = Math.max(0, ...arrivals.map(({ lateMs }) => lateMs));
  const what = isUpgraded(transport) ? 'the upgrade' : 'the request';
  if (step === 'later') {
    const came = arrivals.filter(({ seq, lateMs }) => seq <= settings.live && lateMs <= IN_TIME_MS).length;
    const rest = arrivals.length < row.dueAtMs.length ? 'not all of the rest came' : 'the rest came late';
    const how = heldMs > IN_TIME_MS ? `, up to ${inTime(heldMs)} after it was due` : '';
    const because = status === null ? '' : `; ${what} was answered ${status}`;
    return `${came} of ${settings.live} live messages came in time, ${rest}${how}${because}`;
  }
  if (heldMs > IN_TIME_MS) {
    const held = isPoll(transport) ? 'the messages came late' : 'the answer was held back';
    return `${held} by ${inTime(heldMs)}`;
  }
  if (evidence.gaveUp !== null && status === null) return evidence.gaveUp;
  if (step === 'connect') return connectReason(row, what, status);
  const waited = inTime(row.endedAtMs - (evidence.exchanges[0]?.atMs ?? 0));
  if (step === 'first-byte') {
    return status === null
      ? `an answer began, and within ${waited} nothing followed its head`
      : `an answer began, but then ${what} was answered ${status}`;
  }
  return `the connection opened, and within ${waited} no message came over it`;
}

function connectReason({ evidence, sightings, endedAtMs }: FailedRow, what: string, status: number | null) {
  const plain = evidence.exchanges.filter(({ plainStatus }) => plainStatus !== undefined);
  const plainStatus = plain.at(-1)?.plainStatus ?? null;
  const upgrading = what === 'the upgrade';
  if (
    sightings &&
    upgrading &&
    sightings.length > plain.length &&
    !sightings.some(({ upgrade }) => upgrade)
  ) {
    const answer = status ?? plainStatus;
    return `no Upgrade header reached the server${answer === null ? '' : `; ${what} came back ${answer}`}`;
  }
  if (status !== null) return `${what} was answered ${status}`;
  const seen = sightings && (upgrading ? sightings.filter(({ upgrade }) => upgrade) : sightings).length;
  if (seen === 0) return `the server never saw ${what}`;
  const pending = evidence.exchanges.find(({ headMs, endMs }) => headMs === null && endMs === null);
  const waited = pending ? `within ${inTime(endedAtMs - pending.atMs)} ` : '';
  const server = seen ? `the server saw ${what}, and ` : '';
  const attempts = evidence.exchanges.filter(isFailed).length;
  if (pending || attempts === 0) return `${server}${waited}no answer came back`;
  return `${server}the connection failed ${counted(attempts, 'time')}`;
}
