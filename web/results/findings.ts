import type { Analysis, ContrastFigure, Figure, GoalOutcome, ScenarioAnalysis, Verdict } from './analysis.ts';
import { digestComparisons } from './comparisons.ts';
import type { VerdictOutcome } from './estimate.ts';
import { formatNumber, formatRatio, listWords, rangeWords } from './format.ts';
import { groupBy } from './group.ts';
import type { Lane, Metric, ScenarioResult } from './schema.ts';
import { titleOf } from './title.ts';
import { whyOf } from './why.ts';

/** A run in words: what its figures say about the claims, and why. Built from the analysis alone. */
export interface Findings {
  readonly headline: string;
  /** Each judged metric in a sentence: who is best, and how far the last is off. */
  readonly digest: readonly string[];
  readonly steps: readonly StepFinding[];
  readonly crossovers: readonly Crossover[];
  readonly contrasts: readonly string[];
  readonly model: readonly ModelFinding[];
  readonly caveats: readonly string[];
}

/** A claim over all metrics: where it holds and where it does not. */
export interface StepFinding {
  readonly title: string;
  readonly source: 'folk' | 'lab';
  readonly tally: Readonly<Record<VerdictOutcome, number>>;
  readonly lines: readonly MetricFinding[];
}

interface MetricFinding {
  readonly scenario: string;
  readonly metric: Metric;
  readonly tally: Readonly<Record<VerdictOutcome, number>>;
  readonly text: string;
  readonly why: string | undefined;
}

/** The same metric, the same two lanes, and the order turns over with the circumstances. */
interface Crossover {
  readonly title: string;
  readonly holds: readonly string[];
  readonly turns: readonly string[];
  readonly why: string | undefined;
}

interface ModelFinding {
  readonly figure: Figure;
  /** Measured over expected, minus 1. */
  readonly deviation: number;
}

/** An expectation below this is that there will be none. */
const NOTHING = 1e-3;

/** What is to be said where measured and expected part. */
export const MODEL_NOTE =
  'The model knows the rate that really came, the measured poll cycle or reconnect gap, the publisher’s lag, half a ' +
  'round trip, and what each subscriber waits for the one before. It knows nothing of the turn of the event loop that ' +
  'a message waits for at either end, nor that a message that comes alone finds cold caches and costs more than one in ' +
  'a busy window: on a near line, where all is over in a few milliseconds, that is up to half of the whole; with ' +
  'distance or an interval it vanishes. Nor does it know that timers have a grain of 1 ms: at hundreds of messages a ' +
  'second several are due within the same millisecond and leave together, so that a long poll needs fewer requests ' +
  'than one for each.';

/** Over what changes from one cell to another by itself. */
export const CONTRASTS_TITLE = 'What one change makes of it, all else as it was';

type Tally = Record<VerdictOutcome, number>;

export function find(analysis: Analysis): Findings {
  const verdicts = analysis.scenarios.flatMap((scenario) =>
    scenario.verdicts.map((verdict) => ({ scenario: scenario.result.title, verdict })),
  );
  return {
    headline: headlineOf(analysis),
    digest: analysis.scenarios.flatMap(digestOf),
    steps: stepsOf(verdicts),
    crossovers: crossoversOf(analysis.scenarios),
    contrasts: analysis.scenarios.flatMap((scenario) =>
      scenario.contrasts.filter(({ metric }) => metric.judged).map(contrastText),
    ),
    model: analysis.scenarios.flatMap(modelOf),
    caveats: analysis.scenarios.flatMap(caveatsOf),
  };
}

/** Lanes that are held against another each are told so, and all others as a field. */
function digestOf(scenario: ScenarioAnalysis): readonly string[] {
  const { result, figures, comparisons } = scenario;
  if (comparisons.length > 0)
    return digestComparisons(scenario).map((sentence) => `${result.title}. ${sentence}`);
  return result.metrics
    .filter((metric) => metric.judged)
    .map((metric) => {
      const ofMetric = figures.filter((figure) => figure.metric === metric);
      return `${result.title}. ${titleOf(metric, ofMetric)}.`;
    });
}

function headlineOf({ claims, scenarios }: Analysis): string {
  const goals = scenarios.flatMap((scenario) => scenario.goals).filter(({ goal }) => !goal.stretch);
  const folk = scenarios.flatMap(({ verdicts }) => verdicts.filter(({ claim }) => claim.source === 'folk'));
  if (!claims) {
    return 'A quick run: its figures show what to expect, but with so few blocks it makes no claim.';
  }
  if (folk.length === 0 && goals.length > 0) {
    const count = (outcome: GoalOutcome) => goals.filter((goal) => goal.outcome === outcome).length;
    const parts = [
      `${count('met')} are met`,
      `${count('missed')} are missed`,
      `${count('undecided')} remain undecided`,
      ...(count('unmeasured') > 0 ? [`${count('unmeasured')} have no figures`] : []),
    ];
    return `Of ${goals.length} goals ${listWords(parts)}.`;
  }
  if (folk.length === 0) return 'This run did not put the folk ranking to the test.';
  const { reproduced, refuted, tie, undecided } = tally(folk);
  const share = (count: number) => `${count} (${Math.round((count / folk.length) * 100)} %)`;
  return (
    `Of ${folk.length} comparisons that the folk ranking makes, ${share(reproduced)} are reproduced, ` +
    `${share(refuted)} are refuted, ${share(tie)} are ties and ${share(undecided)} remain undecided.`
  );
}

function stepsOf(verdicts: readonly { scenario: string; verdict: Verdict }[]): readonly StepFinding[] {
  const steps = groupBy(verdicts, ({ verdict }) => `${verdict.better.id}>${verdict.worse.id}`);
  return [...steps.values()].flatMap((group): StepFinding[] => {
    const first = group[0]?.verdict;
    if (!first) return [];
    const lines = groupBy(group, ({ scenario, verdict }) => `${scenario} ${verdict.metric.id}`);
    return [
      {
        title: `${first.better.title} over ${first.worse.title}`,
        source: first.claim.source,
        tally: tally(group.map(({ verdict }) => verdict)),
        lines: [...lines.values()].flatMap(metricFinding),
      },
    ];
  });
}

function metricFinding(group: readonly { scenario: string; verdict: Verdict }[]): MetricFinding[] {
  const first = group[0];
  if (!first) return [];
  const { metric, better, worse } = first.verdict;
  const medians = group.map(({ verdict }) => verdict.ratio.median);
  const counts = tally(group.map(({ verdict }) => verdict));
  const text = `${outcomeWords(counts, group.length)}; ${advantageWords(medians, better, worse)}`;
  return [{ scenario: first.scenario, metric, tally: counts, text, why: whyOf(metric, better, worse) }];
}

function outcomeWords(counts: Tally, all: number): string {
  const words = (['reproduced', 'refuted', 'tie', 'undecided'] as const).flatMap((outcome) =>
    counts[outcome] === 0 ? [] : `${outcome} in ${counts[outcome]}`,
  );
  return `${listWords(words)} of ${all} ${all === 1 ? 'cell' : 'cells'}`;
}

/** Who is better, and by how much, over all cells. */
function advantageWords(ratios: readonly number[], better: Lane, worse: Lane): string {
  const low = Math.min(...ratios);
  const high = Math.max(...ratios);
  if (low === 1 && high === 1) return 'the two are equal';
  if (low === Number.POSITIVE_INFINITY) return `${better.title} has none, ${worse.title} has`;
  if (low >= 1) return `${better.title} is better by ${rangeWords(low, high)}`;
  if (high <= 1) return `${worse.title} is better by ${rangeWords(1 / high, 1 / low)}`;
  return `from ${worse.title} better by ${formatNumber(1 / low)}× to ${better.title} better by ${formatNumber(high)}×`;
}

function crossoversOf(scenarios: readonly ScenarioAnalysis[]): readonly Crossover[] {
  return scenarios.flatMap(({ verdicts }) => {
    const groups = groupBy(verdicts, ({ better, worse, metric }) => `${better.id}>${worse.id} ${metric.id}`);
    return [...groups.values()].flatMap((group): Crossover[] => {
      const first = group[0];
      const holds = group.filter(({ outcome }) => outcome === 'reproduced');
      const turns = group.filter(({ outcome }) => outcome === 'refuted');
      if (!first || holds.length === 0 || turns.length === 0) return [];
      const tell = ({ cell, ratio }: Verdict) => `${cell.title}: ${formatRatio(ratio)}`;
      return [
        {
          title: `${first.metric.title}: ${first.better.title} against ${first.worse.title}`,
          holds: holds.map(tell),
          turns: turns.map(tell),
          why: whyOf(first.metric, first.better, first.worse),
        },
      ];
    });
  });
}

function contrastText({ contrast, lane, metric, ratio }: ContrastFigure): string {
  return `${contrast.title}, ${lane.title}: ${lowerFirst(metric.title)} is ${formatRatio(ratio)} of what it is without.`;
}

/** As it stands within a sentence: abbreviations stay as they are. */
function lowerFirst(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

function modelOf({ figures }: ScenarioAnalysis): readonly ModelFinding[] {
  return figures.flatMap((figure): ModelFinding[] => {
    const { model, measured } = figure;
    if (model === undefined || model < NOTHING) return [];
    const deviation = measured.median / model - 1;
    return [{ figure, deviation }];
  });
}

function caveatsOf({ result, excluded, disturbed, blocks }: ScenarioAnalysis): readonly string[] {
  const caveats: string[] = [];
  if (excluded.length > 0) {
    caveats.push(
      `${result.title}: ${excluded.length} of ${result.trials.length} trials were left out: ${whyLeftOut(result)}.`,
    );
  }
  if (disturbed.length > 0) {
    caveats.push(
      `${result.title}: ${disturbed.length} of the trials that count, in ${blocks} blocks, were disturbed.`,
    );
  }
  return caveats;
}

/** A trial that failed is no disturbance: what it was to show did not hold, or could not be seen. */
function whyLeftOut({ trials }: ScenarioResult): string {
  const failed = trials.filter(({ outcome }) => outcome.state === 'failed').length;
  return failed === 0
    ? 'their blocks were run again; none failed'
    : `${failed} failed, and blocks were run again`;
}

function tally(verdicts: readonly Verdict[]): Tally {
  const counts: Tally = { reproduced: 0, refuted: 0, tie: 0, undecided: 0 };
  for (const { outcome } of verdicts) counts[outcome] += 1;
  return counts;
}
