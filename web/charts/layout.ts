import type { ChartType, TooltipItem } from 'chart.js';
import { type Marker, TRANSPORTS } from '../../server/wire.ts';
import type { Figure, ScenarioAnalysis } from '../results/analysis.ts';
import { formatEstimate, formatNumber } from '../results/format.ts';
import type { Lane, Metric } from '../results/schema.ts';
import { FONT_FAMILY, type Ground } from './style.ts';

/** From this ratio of the largest to the smallest on, an axis is logarithmic. */
const LOG_FROM_RATIO = 20;
/** What a character of a title takes on the mean. */
const TITLE_CHARACTER_PX = 9.5;
/** As long as the shortest upright axis: where a title above takes three lines. */
const UPRIGHT_CHARACTERS = 32;

/** What all charts of a run have in common: title, subtitle, legend; `label` is what a tooltip says. */
export function chartOptions<T extends ChartType>(
  title: string,
  width: number,
  subtitle: string[],
  ground: Ground,
  label: (item: TooltipItem<T>) => string,
) {
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false as const,
    font: { family: FONT_FAMILY, size: 13 },
    layout: { padding: { left: 6, right: 12, top: 4, bottom: 4 } },
    plugins: {
      title: {
        display: true,
        text: wrap(title, width / TITLE_CHARACTER_PX),
        color: ground.text,
        align: 'start' as const,
        font: { size: 15, weight: 'bold' as const },
      },
      subtitle: {
        display: true,
        text: subtitle,
        color: ground.muted,
        align: 'start' as const,
        padding: { bottom: 10 },
      },
      legend: {
        display: true,
        position: 'bottom' as const,
        labels: { color: ground.text, usePointStyle: true, boxHeight: 8 },
      },
      tooltip: { enabled: true, callbacks: { label } },
    },
  };
}

/** Names a metric's chart and its file. The group of its cells is part of it where the metric has several. */
export function chartId({ result, figures }: ScenarioAnalysis, metric: string, group?: string): string {
  const groups = new Set(figures.flatMap((one) => (one.metric.id === metric ? [one.cell.group] : [])));
  return [result.name, metric, ...(group !== undefined && groups.size > 1 ? [group] : [])]
    .join('-')
    .toLowerCase()
    .replaceAll(' ', '-');
}

/** What the marks of a chart are, for those who cannot see them. */
export function describeMarks(shown: readonly Figure[]): string {
  return shown
    .map(
      ({ lane, cell, metric, measured }) =>
        `${lane.title}, ${cell.title}: ${formatEstimate(measured, metric.unit)}`,
    )
    .join('; ');
}

/** A metric's axis is named so, its unit behind it. */
export function metricName({ title, unit }: Metric): string {
  return unit === '' ? title : `${title} (${unit})`;
}

/** The same along an upright axis, in as many lines as it takes not to be longer than the axis. */
export function uprightName(metric: Metric): string[] {
  return wrap(metricName(metric), UPRIGHT_CHARACTERS);
}

/** Lines of at most about `length` characters, broken between words. */
export function wrap(text: string, length: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < length) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A transport's own, or what its lane says. */
export function markerOf(lane: Lane): Marker {
  return lane.transport ? TRANSPORTS[lane.transport].marker : (lane.marker ?? 'cross');
}

/** On a logarithmic axis the powers of ten, and the fives between them, are enough. */
export function decade(value: number): string {
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return Math.abs(mantissa - 1) < 1e-6 || Math.abs(mantissa - 5) < 1e-6 ? formatNumber(value) : '';
}

export function isLogarithmic(positive: readonly number[]): boolean {
  return Math.max(...positive) / Math.min(...positive) > LOG_FROM_RATIO;
}
