import { isManners, isTransportName } from '../../server/wire.ts';
import { PROBE_SCHEMA, type ProbeResult } from './schema.ts';

/** As a file that people may look into. */
export function serialise(result: ProbeResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** Reads a saved probe. Throws with words for whoever gave the file, where it is something else. */
export function parseProbe(text: string): ProbeResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error('This is no JSON, and so no saved probe.', { cause });
  }
  if (!isObject(value) || !('schema' in value) || !('rows' in value)) {
    throw new Error('This is JSON, but no saved probe: it has no "schema" and "rows".');
  }
  if (value['schema'] !== PROBE_SCHEMA) {
    throw new Error(
      `This probe has schema ${JSON.stringify(value['schema'])}; this version of the lab reads ${PROBE_SCHEMA}.`,
    );
  }
  const wrong = SHAPE.find(([, holds]) => !holds(value));
  if (wrong) throw new Error(`This is no whole probe: ${wrong[0]} is missing or of another kind.`);
  return value as unknown as ProbeResult; // every part that is read later has been looked at
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(holds: (item: Fields) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every((item) => isObject(item) && holds(item));
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTransport = (value: unknown): boolean => isTransportName(String(value));
const isManner = (value: unknown): boolean => isManners(String(value));
const isNumber = (value: unknown): boolean => typeof value === 'number';

const SETTINGS = ['timeScale', 'live', 'everyMs', 'silenceMs', 'heartbeatMs', 'patienceMs'] as const;

const isEvidence = (value: unknown): boolean =>
  isObject(value) &&
  listOf(({ seq, atMs, lateMs }) => isNumber(seq) && isNumber(atMs) && isNumber(lateMs))(value['arrivals']) &&
  listOf(({ atMs, ageMs, silentMs }) => isNumber(atMs) && isNumber(ageMs) && isNumber(silentMs))(
    value['losses'],
  ) &&
  listOf(({ atMs }) => isNumber(atMs))(value['exchanges']) &&
  Array.isArray(value['openedAtMs']) &&
  value['openedAtMs'].every(isNumber);

const SHAPE: readonly (readonly [part: string, holds: (probe: Fields) => boolean])[] = [
  ['"url"', ({ url }) => isText(url) && URL.canParse(String(url))],
  ['"startedAt"', ({ startedAt }) => isText(startedAt)],
  ['"client"', ({ client }) => isObject(client)],
  ['"settings"', ({ settings }) => isObject(settings) && SETTINGS.every((name) => isNumber(settings[name]))],
  ['"reach"', ({ reach }) => isObject(reach) && isObject(reach['headers'])],
  [
    '"rows"',
    ({ rows }) =>
      listOf(
        ({ transport, manners, outcome, delivered, evidence }) =>
          isTransport(transport) &&
          isManner(manners) &&
          isText(outcome) &&
          isNumber(delivered) &&
          isEvidence(evidence),
      )(rows),
  ],
  [
    '"sightings"',
    ({ sightings }) =>
      listOf(({ transport, manners }) => isTransport(transport) && isManner(manners))(sightings),
  ],
];
