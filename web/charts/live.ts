import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { axis, type Ground, seriesStyle } from './style.ts';

/** One transport's latency over the last minute: ms. Undefined where nothing came. */
export interface LatencyLine {
  readonly name: TransportName;
  readonly points: readonly {
    /** Seconds ago, 0 or less. */
    readonly x: number;
    readonly meanMs: number | undefined;
    readonly p10Ms: number | undefined;
    readonly p90Ms: number | undefined;
  }[];
  readonly modelMs: number | undefined;
}

/** One transport's bar in a chart of costs. */
interface CostBar {
  readonly name: TransportName;
  /** What the bar is stacked of, in the order of `parts`; undefined where nothing is known yet. */
  readonly values: readonly number[] | undefined;
  readonly model: number | undefined;
}

export interface CostChart {
  readonly title: string;
  /** Names of what bars are stacked of. */
  readonly parts: readonly string[];
  readonly bars: readonly CostBar[];
}

/** Of 255, for a few lines. */
const BAND_OPACITY = 0x26;
const FEW = 4;
/** A line has its markers so many points apart, and so far beside those of the line before: prime to each other. */
const MARKER_EVERY = 10;
const MARKER_SHIFT = 3;

/** Latencies are shown down to this: ms. Zero has no place on a logarithmic axis. */
const LEAST_MS = 0.05;

/** Mean latency over the last minute on a logarithmic axis, with the band of the middle 80 %, and the model. */
export function latencyChart(lines: readonly LatencyLine[], ground: Ground): ChartConfiguration<'line'> {
  return {
    type: 'line',
    data: { datasets: lines.flatMap((line, index) => latencyDatasets(line, index, lines.length)) },
    options: {
      ...COMMON,
      scales: {
        x: { ...axis('Seconds ago', ground), type: 'linear', min: -60, max: 0 },
        y: {
          ...axis('Latency, ms (logarithmic)', ground),
          type: 'logarithmic',
          ticks: { color: ground.muted, callback: onlyDecades, maxTicksLimit: 30 },
        },
      },
    },
  };
}

function latencyDatasets(
  { name, points, modelMs }: LatencyLine,
  index: number,
  count: number,
): ChartDataset<'line'>[] {
  const { colour } = TRANSPORTS[name];
  const at = (value: number | undefined): number =>
    value === undefined ? Number.NaN : Math.max(LEAST_MS, value);
  // Many bands over each other would hide the lines.
  const opacity = Math.round((BAND_OPACITY * FEW) / Math.max(FEW, count));
  const shade = opacity.toString(16).padStart(2, '0');
  const band = { borderWidth: 0, pointRadius: 0, backgroundColor: `${colour}${shade}` };
  return [
    { ...band, label: `${name} p10`, data: points.map(({ x, p10Ms }) => ({ x, y: at(p10Ms) })) },
    { ...band, label: `${name} p90`, fill: '-1', data: points.map(({ x, p90Ms }) => ({ x, y: at(p90Ms) })) },
    {
      ...seriesStyle(name),
      data: points.map(({ x, meanMs }) => ({ x, y: at(meanMs) })),
      // A marker every tenth point, where the other lines have none: enough to tell them apart without colour.
      pointRadius: points.map(({ x }) => ((x + MARKER_SHIFT * index) % MARKER_EVERY === 0 ? 4 : 0)),
    },
    {
      label: `${name} model`,
      borderColor: colour,
      borderWidth: 1.5,
      borderDash: [6, 4],
      pointRadius: 0,
      data: modelMs === undefined ? [] : [-60, 0].map((x) => ({ x, y: at(modelMs) })),
    },
  ];
}

/** Bars stacked of their parts, one per transport, and the model's value as a mark across. */
export function costChart(
  { title, parts, bars }: CostChart,
  ground: Ground,
): ChartConfiguration<'bar' | 'line'> {
  const stacks: ChartDataset<'bar'>[] = parts.map((part, index) => ({
    type: 'bar',
    label: part,
    data: bars.map(({ values }) => values?.[index] ?? Number.NaN),
    backgroundColor: bars.map(({ name }) => `${TRANSPORTS[name].colour}${SHADES[index] ?? 'ff'}`),
    borderColor: bars.map(({ name }) => TRANSPORTS[name].colour),
    borderWidth: 1,
    maxBarThickness: 26,
  }));
  const marks: ChartDataset<'line'> = {
    type: 'line',
    label: 'Model',
    data: bars.map(({ model }) => model ?? Number.NaN),
    showLine: false,
    pointStyle: 'line',
    pointRotation: 90,
    pointRadius: Math.min(13, MARKS_HEIGHT / bars.length),
    pointBorderWidth: 2.5,
    borderColor: ground.text,
    clip: false,
  };
  const { ticks } = axis('', ground);
  return {
    type: 'bar',
    data: { labels: bars.map(({ name }) => TRANSPORTS[name].title), datasets: [marks, ...stacks] },
    options: {
      ...COMMON,
      indexAxis: 'y',
      scales: {
        x: { ...axis(title, ground), stacked: true, beginAtZero: true, ticks: { ...ticks, maxRotation: 0 } },
        y: {
          ...axis('', ground),
          stacked: true,
          title: { display: false },
          grid: { display: false },
          ticks: { color: ground.text, autoSkip: false },
        },
      },
    },
  };
}

/** Half of what the bars of a cost chart, and the marks on them, have in height: CSS pixels. */
const MARKS_HEIGHT = 64;

/** How opaque the parts of a bar are, from the bottom up. */
const SHADES = ['ff', '99', '33'] as const;

const COMMON = {
  animation: false,
  responsive: true,
  maintainAspectRatio: false,
  interaction: { mode: 'nearest', intersect: false },
  plugins: { legend: { display: false }, tooltip: { enabled: false } },
} as const;

/** Labels for 0.1, 1, 10, … only. */
function onlyDecades(value: string | number): string {
  const decade = Math.log10(Number(value));
  return Math.abs(decade - Math.round(decade)) < 1e-6 ? Number(value).toLocaleString('en') : '';
}
