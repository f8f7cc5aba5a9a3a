import type { TransportName } from '../../server/wire.ts';
import type { Measurement, ScenarioDesign } from '../../web/results/schema.ts';
import type { Lab } from '../testing/lab.ts';
import type { LineMethods } from './driver/line.ts';
import type { DriverMethods } from './driver/main.ts';
import type { Remote } from './driver/rpc.ts';
import type { Settings } from './settings.ts';

/** One question the bench can answer. A file of scenarios/ is one scenario. */
export interface Scenario<S extends AnySubject = Subject> {
  readonly name: string;
  plan(settings: Settings): Promise<ScenarioPlan<S>>;
}

export interface ScenarioPlan<S extends AnySubject = Subject> {
  readonly design: ScenarioDesign;
  readonly subjects: readonly S[];
}

/** What takes its turn in each block, whatever it is that runs it. */
export interface AnySubject {
  readonly id: string;
  readonly title: string;
  /** How long a trial takes, to tell the time left before there was one: ms. */
  readonly estimateMs: number;
}

/** What gets a lab in a process of its own in each block. */
export interface Subject extends AnySubject {
  readonly serverFlags: readonly string[];
  /** True where the load is meant to take all of its core, so that a busy driver is no disturbance. */
  readonly saturates?: boolean;
  run(context: TrialContext): Promise<readonly Measurement[]>;
}

export interface TrialContext {
  readonly lab: Lab;
  readonly driver: Remote<DriverMethods>;
  /** Where the server speaks a transport; through a line with this delay in each direction, where one is given. */
  readonly addressOf: (transport: TransportName, delayMs?: number) => Promise<string>;
  /** A process that lines go through: it ends with the trial. */
  readonly openLine: () => Promise<Remote<LineMethods>>;
  /** Different in every block, the same for every subject of a block. */
  readonly seed: number;
  /** Says what is going on, for the progress bar. */
  step(text: string): void;
}

/** The trial has no figures; the message says why. */
export class TrialFailure extends Error {
  override readonly name = 'TrialFailure';
}

/** Throws where something happened that makes figures meaningless. */
export function expectNone(violations: readonly string[]): void {
  if (violations.length > 0) throw new TrialFailure(violations.join('; '));
}
