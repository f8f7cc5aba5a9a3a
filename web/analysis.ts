import { randomLcg } from 'd3-random';
import { median, quantileSorted } from 'simple-statistics';
import type {
  Cell,
  Claim,
  Contrast,
  Lane,
  Measurement,
  Metric,
  Results,
  ScenarioResult,
  Trial,
} from './results.ts';

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
  /** What the model expects: the median over blocks. */
  readonly model?: number;
  /** True where the model's value lies within the measured interval. */
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

export interface ExcludedTrial {
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
  const lookUp = (cell: string, lane: string, block: number, metric: string) =>
    values.get(cell)?.get(lane)?.get(block)?.values[metric];
  const blocks = [...new Set(used.map((trial) => trial.block))];
  const lanes = new Map(result.lanes.map((lane) => [lane.id, lane]));

  const figures = result.cells.flatMap((cell) =>
    result.lanes.flatMap((lane) =>
      result.metrics.flatMap((metric) => figureOf(values, cell, lane, metric, seed) ?? []),
    ),
  );
  const verdicts = result.claims.flatMap((claim) => {
    const better = lanes.get(claim.better);
    const worse = lanes.get(claim.worse);
    if (!better || !worse) return [];
    return result.metrics
      .filter((metric) => metric.judged)
      .flatMap((metric) =>
        result.cells.flatMap((cell): Verdict[] => {
          const ratios = blocks.flatMap((block) => {
            const a = lookUp(cell.id, better.id, block, metric.id);
            const b = lookUp(cell.id, worse.id, block, metric.id);
            if (a === undefined || b === undefined) return [];
            return metric.better === 'lower' ? ratioOf(b, a) : ratioOf(a, b);
          });
          if (ratios.length === 0) return [];
          const ratio = estimate(ratios, seed);
          return [{ claim, better, worse, cell, metric, ratio, outcome: outcomeOf(ratio) }];
        }),
      );
  });
  const contrasts = result.contrasts.flatMap((contrast) =>
    result.lanes.flatMap((lane) =>
      result.metrics.flatMap((metric): ContrastFigure[] => {
        const ratios = blocks.flatMap((block) => {
          const from = lookUp(contrast.from, lane.id, block, metric.id);
          const to = lookUp(contrast.to, lane.id, block, metric.id);
          return from === undefined || to === undefined ? [] : ratioOf(to, from);
        });
        return ratios.length === 0 ? [] : [{ contrast, lane, metric, ratio: estimate(ratios, seed) }];
      }),
    ),
  );
  const disturbed = used.flatMap((trial) =>
    trial.outcome.state === 'disturbed' ? [{ trial, reason: trial.outcome.reason }] : [],
  );
  return { result, blocks: blocks.length, figures, verdicts, contrasts, excluded, disturbed };
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
  const measurements = [...(values.get(cell.id)?.get(lane.id)?.values() ?? [])];
  const measured = measurements.flatMap((measurement) => measurement.values[metric.id] ?? []);
  if (measured.length === 0) return undefined;
  const figure = { lane, cell, metric, measured: estimate(measured, seed) };
  const expected = measurements.flatMap((measurement) => measurement.model?.[metric.id] ?? []);
  if (expected.length === 0) return figure;
  const model = median(expected);
  const { low, high } = figure.measured;
  return { ...figure, model, modelWithin: model >= low && model <= high };
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
  medians.sort((a, b) => a - b);
  return {
    median: median([...values]),
    low: quantileSorted(medians, INTERVAL.low),
    high: quantileSorted(medians, INTERVAL.high),
    blocks: values.length,
  };
}

export function outcomeOf({ low, high }: Estimate): VerdictOutcome {
  const equal = 1 + TIE_SHARE;
  if (low > equal) return 'reproduced';
  if (high < 1 / equal) return 'refuted';
  return low >= 1 / equal && high <= equal ? 'tie' : 'undecided';
}
