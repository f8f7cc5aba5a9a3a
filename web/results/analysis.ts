import { randomLcg } from 'd3-random';
import type {
  Cell,
  Claim,
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
  readonly contrasts: readonly ContrastFigure[];
  readonly goals: readonly GoalFigure[];
  readonly excluded: readonly ExcludedTrial[];
  /** Trials that count although something else was at work: their blocks could not be run again. */
  readonly disturbed: readonly ExcludedTrial[];
}

/** A median over blocks with its 95 % bootstrap interval. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: number;
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

/** `undecided`: the interval is too wide to say. */
export type VerdictOutcome = 'reproduced' | 'refuted' | 'tie' | 'undecided';

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

export interface ContrastFigure {
  readonly contrast: Contrast;
  readonly lane: Lane;
  readonly metric: Metric;
  /** The value in cell `to` over that in cell `from`. */
  readonly ratio: Estimate;
}

/** `undecided`: the goal lies within the interval. */
export type GoalOutcome = 'met' | 'missed' | 'undecided';

/** A goal, and how far it was reached. */
export interface GoalFigure {
  readonly goal: Goal;
  readonly lane: Lane;
  readonly against: Lane | undefined;
  readonly cell: Cell;
  readonly metric: Metric;
  /** The lane's value over the other's, block against block, or the value itself. */
  readonly measured: Estimate;
  readonly outcome: GoalOutcome;
}

interface ExcludedTrial {
  readonly trial: Trial;
  readonly reason: string;
}

/** Ratios within this of 1 count as equal (METHOD rule 5). */
const TIE_SHARE = 0.05;
const BOOTSTRAP_SAMPLES = 2000;
const INTERVAL = { low: 0.025, high: 0.975 } as const;

export function analyse(results: Results): Analysis {
  return {
    claims: !results.run.quick,
    scenarios: results.scenarios.map((scenario) => analyseScenario(scenario, results.run.seed)),
  };
}

/** By cell, lane and block. */
type Values = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, Measurement>>>;

function analyseScenario(result: ScenarioResult, seed: number): ScenarioAnalysis {
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
  const goals = (result.goals ?? []).flatMap((goal): GoalFigure[] => {
    const at = (lane: string | undefined) =>
      figures.find((f) => f.lane.id === lane && f.cell.id === goal.cell && f.metric.id === goal.metric);
    const own = at(goal.lane);
    const other = at(goal.against);
    if (!own) return [];
    const measured =
      goal.against === undefined ? own.measured : other && ratioOver(own.byBlock, other.byBlock, seed);
    if (!measured) return [];
    const { lane, cell, metric } = own;
    return [
      { goal, lane, against: other?.lane, cell, metric, measured, outcome: goalOutcome(goal, measured) },
    ];
  });
  const disturbed = used.flatMap((trial) =>
    trial.outcome.state === 'disturbed' ? [{ trial, reason: trial.outcome.reason }] : [],
  );
  return { result, blocks: blocks.length, figures, verdicts, contrasts, goals, excluded, disturbed };
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

function ratioOver(
  over: ReadonlyMap<number, number>,
  under: ReadonlyMap<number, number>,
  seed: number,
): Estimate | undefined {
  const ratios = [...over].flatMap(([block, value]) => {
    const other = under.get(block);
    return other === undefined ? [] : ratioOf(value, other);
  });
  return ratios.length === 0 ? undefined : estimate(ratios, seed);
}

/** Nothing against nothing is equal; something against nothing is infinitely more. */
function ratioOf(over: number, under: number): number {
  if (over === 0 && under === 0) return 1;
  return under === 0 ? Number.POSITIVE_INFINITY : over / under;
}

/** The median, and its percentile bootstrap interval (Efron 1979): the same for the same values and seed. */
export function estimate(values: readonly number[], seed: number): Estimate {
  const random = randomLcg((seed % 2 ** 32) / 2 ** 32);
  const medians: number[] = [];
  for (let i = 0; i < BOOTSTRAP_SAMPLES; i++) {
    medians.push(median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)));
  }
  medians.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    median: median(values),
    low: ranked(medians, INTERVAL.low),
    high: ranked(medians, INTERVAL.high),
    blocks: values.length,
  };
}

/** Of an even number the mean of the middle two. By sums alone: a ratio may be infinite. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : upper === lower ? upper : (lower + upper) / 2;
}

/** The value at this share of a sorted list: nothing is interpolated, since a ratio may be infinite. */
function ranked(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

function goalOutcome({ atMost }: Goal, { low, high }: Estimate): GoalOutcome {
  if (high <= atMost) return 'met';
  return low > atMost ? 'missed' : 'undecided';
}

export function outcomeOf({ low, high }: Estimate): VerdictOutcome {
  const equal = 1 + TIE_SHARE;
  if (low > equal) return 'reproduced';
  if (high < 1 / equal) return 'refuted';
  return low >= 1 / equal && high <= equal ? 'tie' : 'undecided';
}
