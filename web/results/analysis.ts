import { type Estimate, estimate, median, outcomeOf, ratioOver, type VerdictOutcome } from './estimate.ts';
import type {
  Cell,
  Claim,
  Comparison,
  Contrast,
  Goal,
  Lane,
  Measurement,
  Metric,
  Results,
  ScenarioResult,
  Trial,
} from './schema.ts';

/** What a run says, worked out from its raw records alone: the same for report, dashboard and command line. */
export interface Analysis {
  /** True where the run had the blocks that a claim needs. */
  readonly claims: boolean;
  readonly scenarios: readonly ScenarioAnalysis[];
}

export interface ScenarioAnalysis {
  readonly result: ScenarioResult;
  readonly blocks: number;
  readonly figures: readonly Figure[];
  readonly verdicts: readonly Verdict[];
  readonly comparisons: readonly ComparisonFigure[];
  readonly contrasts: readonly ContrastFigure[];
  readonly goals: readonly GoalFigure[];
  readonly excluded: readonly ExcludedTrial[];
  /** Trials that count although something else was at work: their blocks could not be run again. */
  readonly disturbed: readonly ExcludedTrial[];
}

/** One metric of one lane in one cell. */
export interface Figure {
  readonly lane: Lane;
  readonly cell: Cell;
  readonly metric: Metric;
  readonly measured: Estimate;
  /** The same block by block, for ratios. */
  readonly byBlock: ReadonlyMap<number, number>;
  /** What the model expects: the median over blocks. */
  readonly model?: number;
  /** Whether the model's value lies within the measured interval; missing where one block has none. */
  readonly modelWithin?: boolean;
}

/** A claim judged by one metric in one cell. */
export interface Verdict {
  readonly claim: Claim;
  readonly better: Lane;
  readonly worse: Lane;
  readonly cell: Cell;
  readonly metric: Metric;
  /** How many times better the allegedly better lane is: above 1 it is. */
  readonly ratio: Estimate;
  readonly outcome: VerdictOutcome;
}

/** What one lane takes of what another does, by one metric in one cell. */
export interface ComparisonFigure {
  readonly comparison: Comparison;
  readonly lane: Lane;
  readonly against: Lane;
  readonly cell: Cell;
  readonly metric: Metric;
  /** The lane's value over the other's. */
  readonly ratio: Estimate;
}

export interface ContrastFigure {
  readonly contrast: Contrast;
  readonly lane: Lane;
  readonly metric: Metric;
  /** The value in cell `to` over that in cell `from`. */
  readonly ratio: Estimate;
}

/** `undecided`: the goal lies within the interval, or there were too few blocks to say. `unmeasured`: no trial had figures. */
export type GoalOutcome = 'met' | 'missed' | 'undecided' | 'unmeasured';

/** A goal, and how far it was reached. */
export interface GoalFigure {
  readonly goal: Goal;
  readonly lane: Lane;
  /** Where it is held against another lane, or against itself in another cell. */
  readonly against: Lane | undefined;
  readonly from: Cell | undefined;
  readonly cell: Cell;
  readonly metric: Metric;
  /** The lane's value over the other one, block against block, or the value itself. */
  readonly measured: Estimate | undefined;
  readonly outcome: GoalOutcome;
}

interface ExcludedTrial {
  readonly trial: Trial;
  readonly reason: string;
}

export function analyse(results: Results): Analysis {
  const { quick, seed } = results.run;
  return {
    claims: !quick,
    scenarios: results.scenarios.map((scenario) => analyseScenario(scenario, seed, !quick)),
  };
}

/** By cell, lane and block. */
type Values = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, Measurement>>>;

function analyseScenario(result: ScenarioResult, seed: number, claims: boolean): ScenarioAnalysis {
  const { used, excluded } = selectTrials(result.trials);
  const values = arrange(used);
  const blocks = [...new Set(used.map((trial) => trial.block))];
  const lanes = new Map(result.lanes.map((lane) => [lane.id, lane]));

  const figures = result.cells.flatMap((cell) =>
    result.lanes.flatMap((lane) =>
      result.metrics.flatMap((metric) => figureOf(values, cell, lane, metric, seed) ?? []),
    ),
  );
  const figureAt = (cell: Cell, lane: Lane, metric: Metric) =>
    figures.find((figure) => figure.cell === cell && figure.lane === lane && figure.metric === metric);
  const verdicts = result.claims.flatMap((claim) => {
    const better = lanes.get(claim.better);
    const worse = lanes.get(claim.worse);
    if (!better || !worse) return [];
    return result.metrics
      .filter((metric) => metric.judged)
      .flatMap((metric) =>
        result.cells.flatMap((cell): Verdict[] => {
          const ratio = compare(figureAt(cell, better, metric), figureAt(cell, worse, metric), seed);
          if (!ratio) return [];
          return [{ claim, better, worse, cell, metric, ratio, outcome: outcomeOf(ratio) }];
        }),
      );
  });
  const comparisons = (result.comparisons ?? []).flatMap((comparison) => {
    const lane = lanes.get(comparison.lane);
    const against = lanes.get(comparison.against);
    if (!lane || !against) return [];
    return result.metrics.flatMap((metric) =>
      result.cells.flatMap((cell): ComparisonFigure[] => {
        const own = figureAt(cell, lane, metric);
        const other = figureAt(cell, against, metric);
        const ratio = own && other && ratioOver(own.byBlock, other.byBlock, seed);
        return ratio ? [{ comparison, lane, against, cell, metric, ratio }] : [];
      }),
    );
  });
  const contrasts = result.contrasts.flatMap((contrast) =>
    result.lanes.flatMap((lane) =>
      result.metrics.flatMap((metric): ContrastFigure[] => {
        const from = figures.find(
          (f) => f.cell.id === contrast.from && f.lane === lane && f.metric === metric,
        );
        const to = figures.find((f) => f.cell.id === contrast.to && f.lane === lane && f.metric === metric);
        const ratio = from && to && ratioOver(to.byBlock, from.byBlock, seed);
        return ratio ? [{ contrast, lane, metric, ratio }] : [];
      }),
    ),
  );
  const planned = new Set(result.trials.map(({ block }) => block)).size;
  const goals = (result.goals ?? []).flatMap((goal): GoalFigure[] => {
    const cellOf = (id: string | undefined) => result.cells.find((cell) => cell.id === id);
    const metric = result.metrics.find(({ id }) => id === goal.metric);
    const [lane, cell] = [lanes.get(goal.lane), cellOf(goal.cell)];
    const [against, from] = [lanes.get(goal.against ?? ''), cellOf(goal.from)];
    // A goal that names what the run has not is about another run.
    if (!lane || !cell || !metric) return [];
    if ((goal.against !== undefined && !against) || (goal.from !== undefined && !from)) return [];
    const own = figureAt(cell, lane, metric);
    const isRatio = against !== undefined || from !== undefined;
    const other = isRatio ? figureAt(from ?? cell, against ?? lane, metric) : undefined;
    const ratio = own && other && ratioOver(own.byBlock, other.byBlock, seed);
    const single = goal.everyBlock ? own && highest(own) : own?.measured;
    const measured = isRatio ? ratio : single;
    const whole = !goal.everyBlock || own?.byBlock.size === planned;
    const outcome = goalOutcome(goal, measured, { claims, whole });
    return [{ goal, lane, against, from, cell, metric, measured, outcome }];
  });
  const disturbed = used.flatMap((trial) =>
    trial.outcome.state === 'disturbed' ? [{ trial, reason: trial.outcome.reason }] : [],
  );
  return {
    result,
    blocks: blocks.length,
    figures,
    verdicts,
    comparisons,
    contrasts,
    goals,
    excluded,
    disturbed,
  };
}

/**
 * Of each block the repetition that counts: the last whose trials are all in order, or else the last whose
 * trials all have figures, or else the last. What is left out is told, with the reason.
 */
function selectTrials(trials: readonly Trial[]): {
  used: readonly Trial[];
  excluded: readonly ExcludedTrial[];
} {
  const used: Trial[] = [];
  const excluded: ExcludedTrial[] = [];
  for (const block of new Set(trials.map((trial) => trial.block))) {
    const ofBlock = trials.filter((trial) => trial.block === block);
    const repetitions = [...new Set(ofBlock.map(({ repetition }) => repetition))]
      .sort((a, b) => b - a)
      .map((repetition) => ofBlock.filter((trial) => trial.repetition === repetition));
    const chosen =
      repetitions.find((tries) => tries.every(({ outcome }) => outcome.state === 'ok')) ??
      repetitions.find((tries) => tries.every(({ outcome }) => outcome.state !== 'failed')) ??
      repetitions[0];
    for (const trial of ofBlock) {
      if (!chosen?.includes(trial))
        excluded.push({ trial, reason: reasonOf(trial) ?? 'another trial of its block was' });
      else if (trial.outcome.state === 'failed') excluded.push({ trial, reason: trial.outcome.reason });
      else used.push(trial);
    }
  }
  return { used, excluded };
}

function reasonOf({ outcome }: Trial): string | undefined {
  return outcome.state === 'ok' ? undefined : `${outcome.state}: ${outcome.reason}`;
}

function arrange(trials: readonly Trial[]): Values {
  const values = new Map<string, Map<string, Map<number, Measurement>>>();
  for (const { block, measurements } of trials) {
    for (const measurement of measurements) {
      for (const cell of measurement.cells) {
        const lanes = values.get(cell) ?? new Map<string, Map<number, Measurement>>();
        const blocks = lanes.get(measurement.lane) ?? new Map<number, Measurement>();
        blocks.set(block, measurement);
        lanes.set(measurement.lane, blocks);
        values.set(cell, lanes);
      }
    }
  }
  return values;
}

function figureOf(values: Values, cell: Cell, lane: Lane, metric: Metric, seed: number): Figure | undefined {
  const measurements = values.get(cell.id)?.get(lane.id) ?? new Map<number, Measurement>();
  const byBlock = new Map<number, number>();
  for (const [block, measurement] of measurements) {
    const value = measurement.values[metric.id];
    if (value !== undefined) byBlock.set(block, value);
  }
  if (byBlock.size === 0) return undefined;
  const figure = { lane, cell, metric, byBlock, measured: estimate([...byBlock.values()], seed) };
  const expected = [...measurements.values()].flatMap(({ model }) => model?.[metric.id] ?? []);
  if (expected.length === 0) return figure;
  const model = median(expected);
  const { low, high } = figure.measured;
  return byBlock.size < 2
    ? { ...figure, model }
    : { ...figure, model, modelWithin: model >= low && model <= high };
}

/** How many times better `better` is, block against block; undefined where no block has both. */
export function compare(
  better: Figure | undefined,
  worse: Figure | undefined,
  seed: number,
): Estimate | undefined {
  if (!better || !worse) return undefined;
  return better.metric.better === 'lower'
    ? ratioOver(worse.byBlock, better.byBlock, seed)
    : ratioOver(better.byBlock, worse.byBlock, seed);
}

/** That of the block in which it was highest, in place of the median. */
function highest({ byBlock }: Figure): Estimate {
  const value = Math.max(...byBlock.values());
  return { median: value, low: value, high: value, blocks: byBlock.size };
}

/** `whole`: no block is without a figure that the goal is about. */
function goalOutcome(
  { atMost }: Goal,
  measured: Estimate | undefined,
  { claims, whole }: { readonly claims: boolean; readonly whole: boolean },
): GoalOutcome {
  if (!measured) return 'unmeasured';
  if (claims && whole && measured.high <= atMost) return 'met';
  return claims && measured.low > atMost ? 'missed' : 'undecided';
}
