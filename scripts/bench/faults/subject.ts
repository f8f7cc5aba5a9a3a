import type { Measurement } from '../../../web/results/schema.ts';
import type { RunTrial } from '../runner.ts';
import type { AnySubject, Scenario } from '../scenario.ts';
import type { Settings } from '../settings.ts';
import type { StageOptions } from '../stage.ts';
import { judge, recordTrial } from '../trial.ts';

interface FaultContext extends StageOptions {
  /** Which block it is: from 0. */
  readonly block: number;
}

/** Something that befalls servers of its own, in each block. */
export interface FaultSubject extends AnySubject {
  /** True where it is meant to take all of the load's core, so that a busy load is no disturbance. */
  readonly saturates?: boolean;
  /** Starts what it needs, and leaves nothing of it behind. */
  measure(context: FaultContext): Promise<readonly Measurement[]>;
}

export interface FaultScenario extends Scenario<FaultSubject> {
  /** Why it cannot be run on this machine, or with these settings; undefined where it can. */
  absent(settings: Settings): string | undefined;
}

export const runFault: RunTrial<FaultSubject> = (subject, place, step, signal) =>
  recordTrial(subject, place, signal, async (unlessAborted) => {
    const measurements = await subject.measure({ ...place, step, unlessAborted });
    return { outcome: judge(measurements, subject.saturates), measurements };
  });
