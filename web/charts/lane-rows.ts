import type { Chart, ChartDataset, Plugin, TooltipItem } from 'chart.js';
import { TRANSPORTS } from '../../server/wire.ts';
import type { Figure, ScenarioAnalysis } from '../results/analysis.ts';
import { formatFigure, formatNumber } from '../results/format.ts';
import type { Cell, Lane } from '../results/schema.ts';
import { titleOf } from '../results/title.ts';
import { errorBars, type IntervalPoint } from './error-bars.ts';
import {
  chartId,
  chartOptions,
  decade,
  describeMarks,
  isLogarithmic,
  markerOf,
  metricName,
} from './layout.ts';
import type { ResultChart } from './results.ts';
import { axis, FONT_FAMILY, type Ground, pointOf } from './style.ts';

const WIDTH = 780;
const ROW_PX = 38;
/** Title, subtitle, axis. */
const AROUND_PX = 150;
/** Room for the figure beside the last mark. */
const FIGURE_PX = 76;
const FIGURE_GAP_PX = 7;
const FIGURE_FONT = `11px ${FONT_FAMILY}`;
/** How far apart the cells of a row are, of its height. */
const CELL_STEP = 0.36;
const LOG_MARGIN = 1.6;

/** A mark that the plugin below writes its figure beside. */
interface LanePoint extends IntervalPoint {
  readonly figure: string;
  /** Where the model's mark stands, which the figure keeps clear of. */
  readonly model: number | undefined;
}

/**
 * One metric over many lanes: a row for each with its name before it, a mark for each cell, and the floor that is
 * beneath all of them as a line down through the rows.
 */
export function laneRowsChart(
  scenario: ScenarioAnalysis,
  metricId: string,
  group: string | undefined,
): ResultChart<'scatter'> | undefined {
  const { result, figures, blocks } = scenario;
  const metric = result.metrics.find(({ id }) => id === metricId);
  const shown = figures.filter((figure) => figure.metric === metric && figure.cell.group === group);
  if (!metric || shown.length === 0) return undefined;
  const cells = [...new Set(shown.map(({ cell }) => cell))];
  const lanes = result.lanes.filter((lane) => shown.some((figure) => figure.lane === lane));
  const values = shown.flatMap(({ measured, model }) => [measured.median, model ?? 0]);
  const positive = values.filter((value) => value > 0);
  const logarithmic = isLogarithmic(positive);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const min = logarithmic ? least / LOG_MARGIN : 0;
  /** What cannot stand on a logarithmic axis stands at its edge. */
  const placed = (value: number) => Math.max(value, min);
  const rowOf = (lane: Lane, cell: Cell) =>
    lanes.indexOf(lane) + (cells.indexOf(cell) - (cells.length - 1) / 2) * CELL_STEP;
  const title = group === undefined ? titleOf(metric, shown) : `${group}. ${titleOf(metric, shown)}`;

  function datasetsOf(lane: Lane): ChartDataset<'scatter'>[] {
    const own = shown.filter((figure) => figure.lane === lane);
    const style = { borderColor: lane.colour, backgroundColor: lane.colour };
    const measured = {
      clip: false as const,
      label: lane.title,
      data: own.map((figure): LanePoint => {
        const { median, low, high } = figure.measured;
        return {
          x: placed(median),
          y: rowOf(lane, figure.cell),
          low: placed(low),
          high: placed(high),
          along: 'x',
          model: figure.model,
          figure: formatFigure(median, metric?.unit ?? ''),
        };
      }),
      pointRadius: 6,
      borderWidth: 2,
      ...pointOf(markerOf(lane)),
      ...style,
    };
    const expected = own.flatMap((figure) =>
      figure.model === undefined || figure.model === 0
        ? []
        : [{ x: placed(figure.model), y: rowOf(lane, figure.cell) }],
    );
    if (expected.length === 0) return [measured];
    const model = {
      label: `${lane.title}, model`,
      data: expected,
      pointStyle: 'line' as const,
      rotation: 90,
      pointRadius: 9,
      borderWidth: 2.5,
      ...style,
    };
    return [measured, model];
  }

  return {
    id: chartId(scenario, metric.id, group),
    title,
    description: describeMarks(shown),
    width: WIDTH,
    height: AROUND_PX + lanes.length * ROW_PX,
    configure: (ground) => {
      const options = chartOptions(
        title,
        WIDTH,
        subtitleOf(shown, cells, blocks, logarithmic),
        ground,
        tooltipLabel,
      );
      return {
        type: 'scatter',
        // What comes first is drawn on top.
        data: { datasets: [...lanes.flatMap(datasetsOf), ...floorsOf(shown, lanes.length)] },
        plugins: [errorBars, figuresBeside(ground)],
        options: {
          ...options,
          layout: { padding: { ...options.layout.padding, right: FIGURE_PX } },
          plugins: { ...options.plugins, legend: { display: false } },
          scales: {
            x: {
              ...axis(metricName(metric), ground),
              type: logarithmic ? 'logarithmic' : 'linear',
              ...(logarithmic ? { min, max: most * LOG_MARGIN } : { beginAtZero: true }),
              ticks: {
                color: ground.muted,
                maxRotation: 0,
                callback: (value) => (logarithmic ? decade(Number(value)) : formatNumber(Number(value))),
              },
            },
            y: {
              ...axis('', ground),
              reverse: true,
              min: -0.6,
              max: lanes.length - 0.4,
              afterBuildTicks: (scale) => {
                scale.ticks = lanes.map((_, value) => ({ value }));
              },
              ticks: {
                color: ground.text,
                autoSkip: false,
                callback: (value) => lanes[Number(value)]?.title ?? '',
              },
            },
          },
        },
      };
    },
  };
}

/** A line down through all rows for each of the floor's own figures; where that is 0 there is nothing to draw. */
function floorsOf(shown: readonly Figure[], rows: number): ChartDataset<'scatter'>[] {
  return shown.flatMap(({ lane, measured: { median } }) => {
    if (!lane.transport || TRANSPORTS[lane.transport].family !== 'control' || median === 0) return [];
    return {
      label: `${lane.title}, the floor`,
      data: [
        { x: median, y: -0.6 },
        { x: median, y: rows - 0.4 },
      ],
      showLine: true,
      pointRadius: 0,
      pointHitRadius: 0,
      borderColor: lane.colour,
      borderWidth: 1.5,
      borderDash: [5, 4],
    };
  });
}

function subtitleOf(
  shown: readonly Figure[],
  cells: readonly Cell[],
  blocks: number,
  logarithmic: boolean,
): string[] {
  const floor = shown.find(
    ({ lane }) => lane.transport && TRANSPORTS[lane.transport].family === 'control',
  )?.lane;
  const rows =
    cells.length === 1
      ? `${cells[0]?.title}.`
      : `In each row, from above: ${cells.map(({ title }) => title).join('; ')}.`;
  const notes = [
    blocks > 1 ? `Median of ${blocks} blocks with its 95 % interval.` : 'One block: no interval.',
    ...(floor ? [`Dashed: the floor, ${floor.title}.`] : []),
    ...(shown.some(({ model }) => model !== undefined && model > 0) ? ['Bars upright: the model.'] : []),
    ...(logarithmic && shown.some(({ measured }) => measured.median === 0)
      ? ['Marks at the left edge are at 0.']
      : []),
  ];
  return [rows, notes.join(' ')];
}

function tooltipLabel({ dataset, raw }: TooltipItem<'scatter'>): string {
  const { x, figure, low, high } = raw as { x: number } & Partial<LanePoint>; // this file's own points
  const interval =
    low === undefined || high === undefined ? '' : ` (${formatNumber(low)}–${formatNumber(high)})`;
  return `${dataset.label ?? ''}: ${figure ?? formatNumber(x)}${interval}`;
}

/** Writes each mark's figure behind it, clear of its interval. */
function figuresBeside(ground: Ground): Plugin<'scatter'> {
  return {
    id: 'figuresBeside',
    afterDatasetsDraw(chart: Chart<'scatter'>) {
      const { ctx } = chart;
      const scale = chart.scales['x'];
      ctx.save();
      ctx.font = FIGURE_FONT;
      ctx.fillStyle = ground.text;
      ctx.textBaseline = 'middle';
      for (const [index, dataset] of chart.data.datasets.entries()) {
        for (const [i, point] of dataset.data.entries()) {
          const mark = chart.getDatasetMeta(index).data[i];
          if (!mark || !scale || !isLanePoint(point)) continue;
          const end = Math.max(mark.x + 6, scale.getPixelForValue(point.high));
          const model = scale.getPixelForValue(point.model ?? 0);
          const width = ctx.measureText(point.figure).width + 2 * FIGURE_GAP_PX;
          const from = model > mark.x && model < end + width ? Math.max(end, model) : end;
          ctx.fillText(point.figure, Math.min(from, chart.chartArea.right) + FIGURE_GAP_PX, mark.y);
        }
      }
      ctx.restore();
    },
  };
}

function isLanePoint(point: unknown): point is LanePoint {
  return typeof point === 'object' && point !== null && 'figure' in point;
}
