import type { SlidingWindow } from '../sliding-window.ts';
import { quantile } from '../sliding-window.ts';

/** Latency over one step of time, ms. */
export interface Step {
  /** The end of the step: ms. */
  readonly at: number;
  /** Undefined where nothing came. */
  readonly meanMs: number | undefined;
  /** Nine tenths of the messages were no faster, and no slower. */
  readonly p10Ms: number | undefined;
  readonly p90Ms: number | undefined;
}

const STEP_MS = 1000;
/** Each step looks this far back, so that a few messages a second still make a line. */
const LOOK_BACK_MS = 3000;
export const SERIES_STEPS = 60;

/** Adds a step for each second that has passed; keeps the last minute. Steps already made are never changed. */
export function extendSeries(series: readonly Step[], window: SlidingWindow, now: number): readonly Step[] {
  const newest = Math.floor(now / STEP_MS) * STEP_MS;
  const oldest = newest - (SERIES_STEPS - 1) * STEP_MS;
  const last = series.at(-1)?.at ?? newest - STEP_MS;
  if (newest <= last) return series;
  const fresh: Step[] = [];
  for (let at = Math.max(oldest, last + STEP_MS); at <= newest; at += STEP_MS) fresh.push(stepAt(window, at));
  return [...series.filter(({ at }) => at >= oldest), ...fresh];
}

function stepAt(window: SlidingWindow, at: number): Step {
  const samples = window.between(at - LOOK_BACK_MS, at);
  const mean = samples.length === 0 ? undefined : samples.reduce((sum, one) => sum + one, 0) / samples.length;
  return { at, meanMs: mean, p10Ms: quantile(samples, 0.1), p90Ms: quantile(samples, 0.9) };
}
