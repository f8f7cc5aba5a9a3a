import type { ChartConfiguration, ChartDataset, ChartType, LegendItem, TooltipItem } from 'chart.js';
import type { Analysis, Figure, ScenarioAnalysis } from '../results/analysis.ts';
import { formatNumber } from '../results/format.ts';
import type { Cell, Lane } from '../results/schema.ts';
import { titleOf } from '../results/title.ts';
import { batchingChart } from './batching.ts';
import { errorBars, type IntervalPoint } from './error-bars.ts';
import { laneRowsChart } from './lane-rows.ts';
import {
  chartId,
  chartOptions,
  decade,
  describeMarks,
  isLogarithmic,
  markerOf,
  uprightName,
  wrap,
} from './layout.ts';
import { axis, type Ground, pointOf } from './style.ts';

/** A chart of a run: drawn by chart.js, in the report, on the dashboard and in image files alike. */
export interface ResultChart<T extends ChartType = 'bar' | 'scatter'> {
  /** Names its file. */
  readonly id: string;
  /** What it shows, as a finding. */
  readonly title: string;
  /** The same for those who cannot see it. */
  readonly description: string;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  configure(ground: Ground): ChartConfiguration<T>;
}

/** Metrics that are worth a chart of their own, by scenario: those that are judged, where it does not say. The tables have all. */
const CHARTED: Readonly<Record<string, readonly string[]>> = {
  latency: ['mean', 'p50', 'p99', 'requests', 'wireBytes', 'cpu'],
  silence: ['requests', 'bytes', 'cpu', 'rss'],
  capacity: ['cpu', 'rate'],
  upstream: ['p50', 'bytes', 'cpu'],
  lanes: [
    'mean',
    'requests',
    'bytes',
    'wireBytes',
    'cpu',
    'connectRequests',
    'connectBytes',
    'connectCpu',
    'connectRss',
  ],
  peers: ['cpu', 'rss', 'p50'],
  batching: ['cpu', 'p50'],
};

/** What the names of datasets end with that are the model's. */
const MODEL = ', model';

const BYTE_PARTS = [
  { metric: 'payloadBytes', shade: 'ff' },
  { metric: 'framingBytes', shade: 'a6' },
  { metric: 'headerBytes', shade: '55' },
] as const;

/** Room above and below the marks of a logarithmic axis, as a factor. */
const LOG_MARGIN = 1.6;
/** What a mark takes beside others. */
const LANE_PX = 16;

/** All charts of a run, in the order in which they are to be read. */
export function resultCharts(analysis: Analysis): readonly ResultChart[] {
  return analysis.scenarios.flatMap((scenario) => {
    const groups = [...new Set(scenario.result.cells.map(({ group }) => group))];
    const judged = scenario.result.metrics.filter((metric) => metric.judged).map(({ id }) => id);
    const chart = scenario.comparisons.length > 0 ? laneRowsChart : metricChart;
    const charts = (CHARTED[scenario.result.name] ?? judged).flatMap((id) =>
      groups.flatMap((group) => chart(scenario, id, group) ?? []),
    );
    const bytes = scenario.result.name === 'latency' ? [bytesChart(scenario)] : [];
    const burst = scenario.result.name === 'batching' ? [batchingChart(analysis)] : [];
    return [...burst, ...charts, ...bytes].flatMap((chart) => chart ?? []);
  });
}

/** One metric over all cells of a group, a point for each lane with its interval; the model as hollow marks beside it. */
function metricChart(
  scenario: ScenarioAnalysis,
  metricId: string,
  group: string | undefined,
): ResultChart | undefined {
  const { result, figures, blocks } = scenario;
  const metric = result.metrics.find(({ id }) => id === metricId);
  const shown = figures.filter((figure) => figure.metric === metric && figure.cell.group === group);
  if (!metric || shown.length === 0) return undefined;
  const cells = [...new Set(shown.map(({ cell }) => cell))];
  const lanes = [...new Set(shown.map(({ lane }) => lane))];
  const title = group === undefined ? titleOf(metric, shown) : `${group}. ${titleOf(metric, shown)}`;
  const width = widthOf(cells, lanes.length);
  const positive = shown
    .flatMap(({ measured, model }) => [measured.median, model ?? 0])
    .filter((value) => value > 0);
  const logarithmic = isLogarithmic(positive);
  /** Lanes stand side by side within a cell, in the order of the registry. */
  const placeOf = (cell: number, lane: number) =>
    cell + (lanes.length === 1 ? 0 : (lane / (lanes.length - 1) - 0.5) * spreadOf(lanes.length));

  function datasetsOf(lane: Lane, index: number): ChartDataset<'bar' | 'scatter'>[] {
    const own = shown.filter((figure) => figure.lane === lane);
    const points = own.map(
      ({ cell, measured }): IntervalPoint => ({
        x: placeOf(cells.indexOf(cell), index),
        y: measured.median,
        low: measured.low,
        high: measured.high,
      }),
    );
    const expected = own.flatMap(({ cell, model }) =>
      model === undefined ? [] : [{ x: placeOf(cells.indexOf(cell), index), y: model }],
    );
    const style = { borderColor: lane.colour, backgroundColor: lane.colour, ...pointOf(markerOf(lane)) };
    const measured: ChartDataset<'bar' | 'scatter'> = {
      clip: false, // a mark on the edge is to be seen whole
      label: lane.title,
      data: points,
      pointRadius: 6,
      ...style,
    };
    if (expected.length === 0) return [measured];
    const model: ChartDataset<'bar' | 'scatter'> = {
      label: `${lane.title}${MODEL}`,
      data: expected,
      ...style,
      ...pointOf('line'),
      pointRadius: 15,
      borderWidth: 2.5,
    };
    return [measured, model];
  }

  return {
    id: chartId(scenario, metric.id, group),
    title,
    description: describeMarks(shown),
    width,
    height: 420,
    configure: (ground) => ({
      type: 'scatter',
      data: { datasets: lanes.flatMap(datasetsOf) },
      plugins: [errorBars],
      options: {
        ...withLegendOf(
          chartOptions(title, width, subtitleOf(blocks, shown, logarithmic), ground, tooltipLabel),
          ({ text }) => !text.endsWith(MODEL),
        ),
        scales: {
          x: {
            ...axis('', ground),
            min: -0.5,
            max: cells.length - 0.5,
            afterBuildTicks: (scale) => {
              scale.ticks = cells.map((_, value) => ({ value }));
            },
            ticks: {
              color: ground.muted,
              autoSkip: false,
              maxRotation: 0,
              callback: (value) => wrap(cells[Number(value)]?.title ?? '', 20),
            },
          },
          y: {
            ...axis(uprightName(metric), ground),
            type: logarithmic ? 'logarithmic' : 'linear',
            ...(logarithmic
              ? { min: Math.min(...positive) / LOG_MARGIN, max: Math.max(...positive) * LOG_MARGIN }
              : { beginAtZero: true }),
            ticks: {
              color: ground.muted,
              callback: (value) => (logarithmic ? decade(Number(value)) : formatNumber(Number(value))),
            },
          },
        },
      },
    }),
  };
}

/** What a message's bytes are made of, stacked, one bar for each lane and cell. */
function bytesChart(scenario: ScenarioAnalysis): ResultChart | undefined {
  const { result, figures, blocks } = scenario;
  const total = figures.filter(({ metric }) => metric.id === 'bytes');
  const metric = total[0]?.metric;
  if (!metric) return undefined;
  const cells = [...new Set(total.map(({ cell }) => cell))];
  const lanes = [...new Set(total.map(({ lane }) => lane))];
  const title = titleOf(metric, total);
  const width = widthOf(cells, lanes.length);
  return {
    id: chartId(scenario, metric.id),
    title,
    description: describeMarks(total),
    width,
    height: 420,
    configure: (ground) => ({
      type: 'bar',
      data: {
        labels: cells.map((cell) => wrap(cell.title, 20)),
        datasets: lanes.flatMap((lane) =>
          BYTE_PARTS.map(({ metric: part, shade }) => ({
            label: `${lane.title}: ${result.metrics.find(({ id }) => id === part)?.title.split(': ')[1] ?? part}`,
            stack: lane.id,
            backgroundColor: lane.colour + shade,
            borderColor: lane.colour,
            borderWidth: 1,
            data: cells.map(
              (cell) =>
                figures.find((f) => f.metric.id === part && f.lane === lane && f.cell === cell)?.measured
                  .median ?? null,
            ),
          })),
        ),
      },
      options: {
        ...withLegendOf(
          chartOptions(
            title,
            width,
            [
              `${subtitleOf(blocks, [], false)[0]} Full colour: envelope; lighter: framing; lightest: HTTP heads.`,
            ],
            ground,
            tooltipLabel,
          ),
          ({ datasetIndex = 0 }) => datasetIndex % BYTE_PARTS.length === 0,
        ),
        scales: {
          x: {
            ...axis('', ground),
            stacked: true,
            ticks: { color: ground.muted, autoSkip: false, maxRotation: 0 },
          },
          // What a window delivers and what is published in it differ a little: framing may come out below nothing.
          y: { ...axis(uprightName(metric), ground), stacked: true, min: 0 },
        },
      },
    }),
  };
}

/** Marks beside one another within a cell do not touch, however many there are. */
function widthOf(cells: readonly Cell[], lanes: number): number {
  return Math.max(640, 180 + cells.length * Math.max(150, lanes * LANE_PX));
}

/** What a cell's lanes take of its width: few stand close together, many take nearly all of it. */
function spreadOf(lanes: number): number {
  return Math.min(0.85, Math.max(0.5, lanes * 0.085));
}

/** The same options with some of the entries of the legend: the subtitle tells what the others are. */
function withLegendOf<T extends ReturnType<typeof chartOptions>>(
  options: T,
  filter: (item: LegendItem) => boolean,
): T {
  const { legend } = options.plugins;
  return {
    ...options,
    plugins: { ...options.plugins, legend: { ...legend, labels: { ...legend.labels, filter } } },
  };
}

function subtitleOf(blocks: number, shown: readonly Figure[], logarithmic: boolean): string[] {
  const parts = [
    blocks > 1 ? `Median of ${blocks} blocks with its 95 % interval.` : 'One block: no interval.',
  ];
  if (shown.some((figure) => figure.model !== undefined)) parts.push('Bars across: the model.');
  if (logarithmic && shown.some(({ measured }) => measured.median === 0))
    parts.push('Marks on the floor are at 0.');
  return [parts.join(' ')];
}

function tooltipLabel({ dataset, raw, formattedValue }: TooltipItem<'bar' | 'scatter'>): string {
  const label = dataset.label ?? '';
  if (typeof raw !== 'object' || raw === null || !('y' in raw)) return `${label}: ${formattedValue}`;
  const { y, low, high } = raw as { y: number; low?: number; high?: number }; // this file's own points
  const interval =
    low === undefined || high === undefined ? '' : ` (${formatNumber(low)}–${formatNumber(high)})`;
  return `${label}: ${formatNumber(y)}${interval}`;
}
