import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What the machine says of itself, at one moment. Fields are missing where the system does not say. */
interface HostReading {
  readonly atMs: number;
  readonly loop: ReturnType<typeof performance.eventLoopUtilization>;
  /** TCP segments sent by all sockets of this host (RFC 1213 tcpOutSegs), pure acknowledgements included. */
  readonly segments?: number;
  /** Ticks taken away by the hypervisor, and all ticks. */
  readonly steal?: { readonly taken: number; readonly all: number };
  /** Time in which some process waited for a processor: µs. */
  readonly pressureUs?: number;
}

/** What happened between two readings. */
export interface HostUse {
  readonly durationMs: number;
  readonly driverUtilisation: number;
  readonly segments?: number;
  readonly stealShare?: number;
  readonly cpuPressure?: number;
}

/** The part of it that tells whether something else was at work: what the system does not tell has no field. */
export function disturbanceOf({
  stealShare,
  cpuPressure,
}: HostUse): Pick<HostUse, 'stealShare' | 'cpuPressure'> {
  return { ...optional('stealShare', stealShare), ...optional('cpuPressure', cpuPressure) };
}

export function readHost(): HostReading {
  return {
    atMs: performance.now(),
    loop: performance.eventLoopUtilization(),
    ...optional('segments', readSegments()),
    ...optional('steal', readSteal()),
    ...optional('pressureUs', readPressure()),
  };
}

export function hostUse(before: HostReading, after: HostReading): HostUse {
  const durationMs = after.atMs - before.atMs;
  const ticks = (after.steal?.all ?? 0) - (before.steal?.all ?? 0);
  return {
    durationMs,
    driverUtilisation: performance.eventLoopUtilization(after.loop, before.loop).utilization,
    ...optional('segments', difference(before.segments, after.segments)),
    ...optional(
      'stealShare',
      before.steal && after.steal && ticks > 0 ? (after.steal.taken - before.steal.taken) / ticks : undefined,
    ),
    ...optional(
      'cpuPressure',
      mapDefined(difference(before.pressureUs, after.pressureUs), (us) => us / 1000 / durationMs),
    ),
  };
}

function readSegments(): number | undefined {
  const [names, values] = readLines('/proc/net/snmp').filter((line) => line.startsWith('Tcp:'));
  const column = names?.split(' ').indexOf('OutSegs') ?? -1;
  return column < 0 ? undefined : toNumber(values?.split(' ')[column]);
}

/** `/proc/stat`: user nice system idle iowait irq softirq steal. */
function readSteal(): { taken: number; all: number } | undefined {
  const fields = readLines('/proc/stat')[0]?.split(/\s+/).slice(1, 9).map(Number);
  if (fields?.length !== 8) return undefined;
  return { taken: fields[7] ?? 0, all: fields.reduce((sum, ticks) => sum + ticks, 0) };
}

function readPressure(): number | undefined {
  const some = readLines('/proc/pressure/cpu').find((line) => line.startsWith('some'));
  return toNumber(/total=(\d+)/.exec(some ?? '')?.[1]);
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return []; // another system, or a kernel without it
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

function mapDefined(value: number | undefined, map: (value: number) => number): number | undefined {
  return value === undefined ? undefined : map(value);
}

/** A field where there is a value, and no field where there is none. */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }; // a computed key has no literal type
}
