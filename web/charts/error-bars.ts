import type { Chart, Plugin } from 'chart.js';

/** A point with an interval around it; chart.js draws the point, the plugin below the interval. */
export interface IntervalPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

const CAP_PX = 4;

/** Draws the interval of every point that has one, in its dataset's colour. */
export const errorBars: Plugin<'bar' | 'scatter'> = {
  id: 'errorBars',
  afterDatasetsDraw(chart) {
    const { ctx } = chart;
    ctx.save();
    for (const [index, dataset] of chart.data.datasets.entries()) {
      if (!chart.isDatasetVisible(index)) continue;
      ctx.strokeStyle = String(dataset.borderColor);
      ctx.lineWidth = 1.5;
      for (const [i, point] of dataset.data.entries()) {
        if (isInterval(point)) drawInterval(chart, index, i, point);
      }
    }
    ctx.restore();
  },
};

function drawInterval(
  chart: Chart<'bar' | 'scatter'>,
  dataset: number,
  index: number,
  { low, high }: IntervalPoint,
): void {
  const element = chart.getDatasetMeta(dataset).data[index];
  const scale = chart.scales['y'];
  if (!element || !scale) return;
  const x = element.x;
  const { ctx, chartArea } = chart;
  const clamp = (y: number) => Math.min(chartArea.bottom, Math.max(chartArea.top, y));
  const top = clamp(scale.getPixelForValue(high));
  const bottom = clamp(scale.getPixelForValue(Math.max(low, scale.min)));
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  ctx.moveTo(x - CAP_PX, top);
  ctx.lineTo(x + CAP_PX, top);
  ctx.moveTo(x - CAP_PX, bottom);
  ctx.lineTo(x + CAP_PX, bottom);
  ctx.stroke();
}

function isInterval(point: unknown): point is IntervalPoint {
  return typeof point === 'object' && point !== null && 'low' in point && 'high' in point;
}
