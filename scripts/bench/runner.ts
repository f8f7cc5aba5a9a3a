import { sum } from 'simple-statistics';
import type { ScenarioResult, Trial } from '../../web/results/schema.ts';
import { blockOrder } from './order.ts';
import type { AnySubject, Scenario, ScenarioPlan } from './scenario.ts';
import type { Settings } from './settings.ts';
import type { TrialPlace } from './trial.ts';

/** Blocks may be run again where they were disturbed: at most this share of them, rounded up. */
const REPEATED_SHARE = 0.25;

/** Who watches a run. */
export interface RunObserver {
  /** What is going on now. */
  step(text: string): void;
  /** A trial is over; `leftMs` is what the rest is expected to take. */
  progress(doneMs: number, leftMs: number): void;
  /** Trials of a scenario so far, after each block: what is kept if the run is stopped. */
  keep(scenario: ScenarioResult): Promise<void>;
  notice(text: string): void;
}

/** Runs a subject once, and leaves nothing of it behind. */
export type RunTrial<S extends AnySubject> = (
  subject: S,
  place: TrialPlace,
  step: (text: string) => void,
  signal: AbortSignal,
) => Promise<Trial>;

interface Planned<S extends AnySubject> {
  readonly name: string;
  readonly plan: ScenarioPlan<S>;
}

/** Runs scenarios one after the other. Rejects with the signal's reason where it is stopped. */
export async function runScenarios<S extends AnySubject>(
  scenarios: readonly Scenario<S>[],
  settings: Settings,
  runTrial: RunTrial<S>,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<void> {
  const planned: Planned<S>[] = [];
  for (const scenario of scenarios)
    planned.push({ name: scenario.name, plan: await scenario.plan(settings) });
  const pace = createPace(planned, settings, observer);
  for (const { name, plan } of planned)
    await runScenario(name, plan, settings, runTrial, observer, pace, signal);
}

async function runScenario<S extends AnySubject>(
  name: string,
  plan: ScenarioPlan<S>,
  settings: Settings,
  runTrial: RunTrial<S>,
  observer: RunObserver,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  const trials: Trial[] = [];
  let repeatsLeft = settings.quick ? 0 : Math.ceil(settings.blocks * REPEATED_SHARE);
  for (let block = 0; block < settings.blocks; block++) {
    for (let repetition = 0; ; repetition++) {
      const done = await runBlock(name, plan, settings, block, repetition, runTrial, observer, pace, signal);
      trials.push(...done);
      await observer.keep({ name, ...plan.design, trials });
      const bad = done.find(({ outcome }) => outcome.state !== 'ok');
      if (!bad || bad.outcome.state === 'ok') break;
      const again = repeatsLeft > 0 ? 'the block is run again' : 'it stays as it is';
      observer.notice(
        `${name}, block ${block + 1}, ${bad.subject}: ${bad.outcome.state} (${bad.outcome.reason}); ${again}`,
      );
      if (repeatsLeft === 0) break;
      repeatsLeft -= 1;
      pace.add(plan);
    }
  }
}

async function runBlock<S extends AnySubject>(
  name: string,
  { subjects }: ScenarioPlan<S>,
  settings: Settings,
  block: number,
  repetition: number,
  runTrial: RunTrial<S>,
  observer: RunObserver,
  pace: Pace,
  signal: AbortSignal,
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const [position, index] of blockOrder(subjects.length, block).entries()) {
    const subject = subjects[index];
    if (!subject) continue;
    const place = { block, repetition, position, seed: seedOf(settings.seed, block, repetition) };
    const step = (text: string) => observer.step(`${name} ${block + 1}/${settings.blocks} · ${text}`);
    step(subject.title);
    const trial = await runTrial(subject, place, step, signal);
    pace.done(subject, trial.durationMs);
    trials.push(trial);
  }
  return trials;
}

/** The same for all subjects of a block, another one in the next: a whole number below 2³². */
function seedOf(seed: number, block: number, repetition: number): number {
  return (seed * 1_000_003 + block * 101 + repetition * 10_007 + 1) % 2 ** 32;
}

/** Tells the time left: from how long a subject's trials took; before there was one, from estimates. */
interface Pace {
  done(subject: AnySubject, durationMs: number): void;
  /** A block of this scenario comes on top. */
  add(plan: ScenarioPlan<AnySubject>): void;
}

interface SubjectPace {
  readonly estimateMs: number;
  left: number;
  done: number;
  tookMs: number;
}

function createPace(
  planned: readonly Planned<AnySubject>[],
  { blocks }: Settings,
  observer: RunObserver,
): Pace {
  const paces = new Map<AnySubject, SubjectPace>();
  for (const { plan } of planned) {
    for (const subject of plan.subjects) {
      paces.set(subject, { estimateMs: subject.estimateMs, left: blocks, done: 0, tookMs: 0 });
    }
  }
  const tell = (): void => {
    const all = [...paces.values()];
    const tookMs = sum(all.map((pace) => pace.tookMs));
    const estimatedMs = sum(all.map(({ done, estimateMs }) => done * estimateMs));
    // Those that were not run yet: as far off their estimates as the others were.
    const factor = estimatedMs > 0 ? tookMs / estimatedMs : 1;
    const leftMs = all.map(
      (pace) => pace.left * (pace.done > 0 ? pace.tookMs / pace.done : pace.estimateMs * factor),
    );
    observer.progress(tookMs, sum(leftMs));
  };
  tell();
  return {
    done(subject, durationMs) {
      const pace = paces.get(subject);
      if (pace) {
        pace.left -= 1;
        pace.done += 1;
        pace.tookMs += durationMs;
      }
      tell();
    },
    add({ subjects }) {
      for (const subject of subjects) {
        const pace = paces.get(subject);
        if (pace) pace.left += 1;
      }
      tell();
    },
  };
}
