import type { Chart, Plugin } from 'chart.js';

/** A point with an interval around it; chart.js draws the point, the plugin below the interval. */
export interface IntervalPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  /** The axis of the interval; y where it does not say. */
  readonly along?: 'x';
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
  { low, high, along }: IntervalPoint,
): void {
  const element = chart.getDatasetMeta(dataset).data[index];
  const scale = chart.scales[along ?? 'y'];
  if (!element || !scale || low === high) return; // of a single block there is none
  const { ctx, chartArea } = chart;
  const [first, last] = along === 'x' ? [chartArea.left, chartArea.right] : [chartArea.top, chartArea.bottom];
  const clamp = (value: number) => Math.min(last, Math.max(first, scale.getPixelForValue(value)));
  const from = clamp(Math.max(low, scale.min));
  const to = clamp(high);
  /** A point of the bar: so far along its axis, so far beside it. */
  const at = (position: number, aside: number): [x: number, y: number] =>
    along === 'x' ? [position, element.y + aside] : [element.x + aside, position];
  ctx.beginPath();
  ctx.moveTo(...at(from, 0));
  ctx.lineTo(...at(to, 0));
  for (const end of [from, to]) {
    ctx.moveTo(...at(end, -CAP_PX));
    ctx.lineTo(...at(end, CAP_PX));
  }
  ctx.stroke();
}

function isInterval(point: unknown): point is IntervalPoint {
  return typeof point === 'object' && point !== null && 'low' in point && 'high' in point;
}
