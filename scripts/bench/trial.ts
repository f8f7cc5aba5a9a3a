import { TRANSPORT_NAMES, TRANSPORTS } from '../../server/wire.ts';
import { addressOf } from '../../web/clients/address.ts';
import type { Measurement, Trial, TrialOutcome } from '../../web/results/schema.ts';
import { type Lab, startLab } from '../testing/lab.ts';
import type { LineMethods } from './driver/line.ts';
import type { DriverMethods } from './driver/main.ts';
import { type Remote, startRemote } from './driver/rpc.ts';
import { CORES, pin } from './machine.ts';
import { type AnySubject, type Subject, type TrialContext, TrialFailure } from './scenario.ts';

/** Above these a trial counts as disturbed. */
const LIMITS = { driverUtilisation: 0.7, stealShare: 0.05, cpuPressure: 0.4 } as const;

/** What is spoken on a port of its own is off by default. */
const OWN_PORT_FLAGS = TRANSPORT_NAMES.some((name) => TRANSPORTS[name].ownPort) ? ['--tcp-port', '0'] : [];

export interface TrialPlace {
  readonly block: number;
  readonly repetition: number;
  readonly position: number;
  readonly seed: number;
}

/** Runs a subject once: a fresh server, a fresh load, and nothing of either left behind, however it ends. */
export function runTrial(
  subject: Subject,
  place: TrialPlace,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<Trial> {
  return recordTrial(subject, place, signal, async (unlessAborted) => {
    const remotes: { stop(): Promise<void> }[] = [];
    try {
      // Side by side: neither is measured while it starts.
      const driver = startRemote<DriverMethods>(new URL('./driver/main.ts', import.meta.url));
      remotes.push(driver);
      await using lab = await startLab([
        '--log-messages',
        '100000',
        ...OWN_PORT_FLAGS,
        ...subject.serverFlags,
      ]);
      await Promise.all([pin(lab.pid, CORES.server), pin(driver.pid, CORES.load)]);
      await driver.call('connect', lab.url);
      const addresses = createAddresses(lab, remotes);
      const { seed } = place;
      const measurements = await unlessAborted(
        subject.run({ serverUrl: lab.url, driver, addressOf: addresses, seed, step }),
      );
      return { outcome: judge(subject, measurements), measurements };
    } finally {
      await Promise.all(remotes.map((remote) => remote.stop()));
    }
  });
}

/** What a trial has brought. */
export interface TrialYield {
  readonly outcome: TrialOutcome;
  readonly measurements: readonly Measurement[];
}

/**
 * Runs `work` and writes down when, how long, and what became of it: a TrialFailure is an outcome, any other error
 * is passed on. Through `unlessAborted` work rejects as soon as the signal is aborted.
 */
export async function recordTrial(
  { id }: AnySubject,
  { seed: _, ...place }: TrialPlace,
  signal: AbortSignal,
  work: (unlessAborted: <T>(running: Promise<T>) => Promise<T>) => Promise<TrialYield>,
): Promise<Trial> {
  const startedAt = new Date();
  const record = ({ outcome, measurements }: TrialYield): Trial => ({
    subject: id,
    ...place,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    outcome,
    measurements,
  });
  const ended = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { signal: ended.signal });
    if (signal.aborted) abort();
  });
  aborted.catch(() => undefined); // where nobody is waiting for it, the work is over anyway
  try {
    return record(await work((running) => Promise.race([running, aborted])));
  } catch (error) {
    if (signal.aborted || !(error instanceof TrialFailure)) throw error;
    return record({ outcome: { state: 'failed', reason: error.message }, measurements: [] });
  } finally {
    ended.abort();
  }
}

/** Where a lab speaks each transport, and at which address through a delay: proxies are opened as they are asked for. */
function createAddresses(lab: Lab, remotes: { stop(): Promise<void> }[]): TrialContext['addressOf'] {
  const proxies = new Map<string, Promise<string>>();
  return async (transport, delayMs = 0) => {
    const direct = addressOf(transport, lab);
    if (delayMs === 0) return direct;
    const key = `${delayMs} ${direct}`;
    const known = proxies.get(key) ?? openProxy(direct, delayMs, remotes);
    proxies.set(key, known);
    return known;
  };
}

async function openProxy(
  target: string,
  delayMs: number,
  remotes: { stop(): Promise<void> }[],
): Promise<string> {
  const line: Remote<LineMethods> = startRemote(new URL('./driver/line.ts', import.meta.url));
  remotes.push(line);
  await pin(line.pid, CORES.load);
  return line.call('open', { target, delayMs });
}

/** Whether something else than the subject was at work. */
function judge(subject: Subject, measurements: readonly Measurement[]): TrialOutcome {
  for (const { health, cells } of measurements) {
    for (const key of ['driverUtilisation', 'stealShare', 'cpuPressure'] as const) {
      if (subject.saturates && key !== 'stealShare') continue;
      const value = health[key];
      if (value === undefined || value <= LIMITS[key]) continue;
      return {
        state: 'disturbed',
        reason: `${key} was ${value.toFixed(2)} (limit ${LIMITS[key]}) in ${cells[0]}`,
      };
    }
  }
  return { state: 'ok' };
}
