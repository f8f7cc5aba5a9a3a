import type { Measurement, TrialOutcome } from '../../../web/results/schema.ts';
import type { RunTrial } from '../runner.ts';
import type { AnySubject, Scenario } from '../scenario.ts';
import type { StageOptions } from '../stage.ts';
import { recordTrial } from '../trial.ts';

/** Something that befalls servers of its own, in each block. */
export interface FaultSubject extends AnySubject {
  /** Starts what it needs, and leaves nothing of it behind. */
  measure(context: StageOptions): Promise<readonly Measurement[]>;
}

export interface FaultScenario extends Scenario<FaultSubject> {
  /** Why it cannot be run on this machine; undefined where it can. */
  readonly absent?: () => string | undefined;
}

/** Above this share of the processors' time taken by the host a trial counts as disturbed. */
const STEAL_LIMIT = 0.05;

export const runFault: RunTrial<FaultSubject> = (subject, place, step, signal) =>
  recordTrial(subject, place, signal, async (unlessAborted) => {
    const measurements = await subject.measure({ seed: place.seed, step, unlessAborted });
    return { outcome: judge(measurements), measurements };
  });

/** Faults take processors by themselves: only what the host takes is a disturbance. */
function judge(measurements: readonly Measurement[]): TrialOutcome {
  for (const { health, cells } of measurements) {
    const { stealShare = 0 } = health;
    if (stealShare <= STEAL_LIMIT) continue;
    return {
      state: 'disturbed',
      reason: `stealShare was ${stealShare.toFixed(2)} (limit ${STEAL_LIMIT}) in ${cells[0]}`,
    };
  }
  return { state: 'ok' };
}
