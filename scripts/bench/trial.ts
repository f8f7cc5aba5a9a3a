import type { Measurement, Trial, TrialOutcome } from '../../web/results/schema.ts';
import { type AnySubject, type Subject, TrialFailure } from './scenario.ts';
import { onStage } from './stage.ts';

/** Above these a trial counts as disturbed. */
const LIMITS = { driverUtilisation: 0.7, stealShare: 0.05, cpuPressure: 0.4 } as const;

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
  return recordTrial(subject, place, signal, (unlessAborted) =>
    onStage(subject.serverFlags, { seed: place.seed, step, unlessAborted }, async (context) => {
      const measurements = await subject.run(context);
      return { outcome: judge(measurements, subject.saturates), measurements };
    }),
  );
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

/** Whether something else than the subject was at work. One that `saturates` keeps processors busy by itself. */
export function judge(measurements: readonly Measurement[], saturates = false): TrialOutcome {
  for (const { health, cells } of measurements) {
    for (const key of ['driverUtilisation', 'stealShare', 'cpuPressure'] as const) {
      if (saturates && key !== 'stealShare') continue;
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
