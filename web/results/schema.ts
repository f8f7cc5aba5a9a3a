import type { TransportName } from '../../server/wire.ts';

/**
 * The file a run of the bench leaves behind, `results.json`: raw records of every trial and all that is needed
 * to repeat it. What the records mean is worked out by pure functions (web/analysis.ts), for the report, the
 * dashboard and the command line alike.
 */
export interface Results {
  readonly schema: typeof RESULTS_SCHEMA;
  readonly run: RunInfo;
  readonly machine: MachineInfo;
  readonly scenarios: readonly ScenarioResult[];
}

export const RESULTS_SCHEMA = 1;

interface RunInfo {
  readonly name: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** False where the run was stopped before its end. */
  readonly complete: boolean;
  /** True where it had fewer blocks than a claim needs. */
  readonly quick: boolean;
  readonly blocks: number;
  readonly seed: number;
  readonly command: string;
  readonly commit: string | null;
  /** True where the working tree differed from the commit. */
  readonly modified: boolean | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface MachineInfo {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  /** Which cores the server and the load ran on, where the system let them be chosen. */
  readonly pinned: { readonly server: string; readonly load: string } | null;
  /** What this system could not be asked, in words. */
  readonly limits: readonly string[];
}

export interface ScenarioResult extends ScenarioDesign {
  readonly name: string;
  readonly trials: readonly Trial[];
}

/** What a scenario sets out to find and how: fixed before the run. */
export interface ScenarioDesign {
  readonly title: string;
  /** What it sets out to answer. */
  readonly question: string;
  /** How it went about it, in sentences for the report. */
  readonly method: readonly string[];
  readonly lanes: readonly Lane[];
  readonly cells: readonly Cell[];
  readonly metrics: readonly Metric[];
  readonly claims: readonly Claim[];
  readonly contrasts: readonly Contrast[];
  readonly comparisons?: readonly Comparison[];
  /** What is to be reached, set before the run. */
  readonly goals?: readonly Goal[];
}

/**
 * "Lane `lane` needs at most so many times what lane `against` does" (or what it does itself, where none is given), by one
 * metric, in one cell, or in cell `cell` beside cell `from`. Where neither is there, `atMost` is a figure in the metric's
 * unit, and no ratio.
 */
export interface Goal {
  readonly lane: string;
  readonly against?: string;
  readonly metric: string;
  readonly cell: string;
  readonly from?: string;
  readonly atMost: number;
  /** True of what is hoped for rather than asked for. */
  readonly stretch?: true;
  /** True where it is to be reached in every block, and not by their median. */
  readonly everyBlock?: true;
}

/** "Lane `better` beats lane `worse`": judged for every judged metric in every cell that has both. */
export interface Claim {
  readonly better: string;
  readonly worse: string;
  /** `folk`: two places of the folk ranking. `lab`: a question of our own. */
  readonly source: 'folk' | 'lab';
}

/** What `lane` takes of what `against` does: told as ratios of every metric in every cell, and nobody's to win. */
export interface Comparison {
  readonly lane: string;
  readonly against: string;
}

/** How much a lane's figures change from one cell to another. */
export interface Contrast {
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

/** What is compared: a transport, or another way of doing the same. */
export interface Lane {
  readonly id: string;
  readonly title: string;
  /** The transport whose colour it has, and whose place in the folk ranking. */
  readonly transport?: TransportName;
  readonly colour: string;
  /** Of a lane without a transport; a cross by default. */
  readonly marker?: 'circle' | 'rect' | 'cross';
}

/** The circumstances of a comparison. */
export interface Cell {
  readonly id: string;
  readonly title: string;
  /** Cells of a group share a chart; where none has a group, all do. */
  readonly group?: string;
  readonly conditions: Readonly<Record<string, number | string>>;
}

export interface Metric {
  readonly id: string;
  readonly title: string;
  /** What a sentence calls it, where that is not its title or what metrics of its id are called. */
  readonly noun?: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  /** True where claims are judged by it. */
  readonly judged: boolean;
  /** What exactly was measured, for those who doubt it. */
  readonly definition: string;
}

/** One subject (a lane, mostly) in one block: a server process of its own from start to end. */
export interface Trial {
  readonly subject: string;
  readonly block: number;
  /** 0 for the first try; a block that was disturbed is run again. */
  readonly repetition: number;
  /** Its place in the order of the block. */
  readonly position: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: TrialOutcome;
  readonly measurements: readonly Measurement[];
}

export type TrialOutcome =
  | { readonly state: 'ok' }
  /** It has figures, but something else was at work on the machine, or the load could not keep up. */
  | { readonly state: 'disturbed'; readonly reason: string }
  /** It has no figures that mean anything. */
  | { readonly state: 'failed'; readonly reason: string };

export interface Measurement {
  readonly lane: string;
  /** The cells it stands for: more than one where a condition does not touch this lane. */
  readonly cells: readonly string[];
  readonly values: Readonly<Record<string, number>>;
  /** What the model expects of the same metrics, given the circumstances of this very measurement. */
  readonly model?: Readonly<Record<string, number>>;
  /** All latencies in µs: an HDR histogram, compressed, base64. */
  readonly histogram?: string;
  /** How the measuring itself fared. */
  readonly health: Health;
}

export interface Health {
  /** Share of time in which the load's event loop was busy. */
  readonly driverUtilisation: number;
  /** Share of time in which the server's event loop was busy. */
  readonly serverUtilisation: number;
  /** Mean of actual minus due, ms; undefined where nothing was published. */
  readonly publisherLagMs?: number;
  /** Share of the processors' time that the host took away; undefined where the system does not say. */
  readonly stealShare?: number;
  /** Share of time in which some process waited for a processor (Linux pressure stall information). */
  readonly cpuPressure?: number;
}
