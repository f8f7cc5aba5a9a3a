import type { Chart, Plugin } from 'chart.js';
import type { MatrixDataPoint } from 'chartjs-chart-matrix';
import { OUTCOME_LOOKS, OUTCOMES } from '../compat/outcomes.ts';
import { SIGN_LINES } from '../compat/signs.ts';
import type { Outcome } from '../probe/schema.ts';
import { FONT_FAMILY, type Ground } from './style.ts';

/** A cell of the matrix; chart.js draws its ground, the plugin below its sign. */
export interface OutcomePoint extends MatrixDataPoint {
  readonly outcome: Outcome;
  readonly cuts: number;
}

const SIGN_RADIUS_PX = 6.5;
const FONT = `600 12px ${FONT_FAMILY}`;
const LEGEND_FONT = `12px ${FONT_FAMILY}`;
/** Below the chart's area, where `layout.padding.bottom` leaves room for it. */
const LEGEND_BELOW_PX = 22;
const SWATCH = { width: 30, height: 20 } as const;

/** Signs in the cells, the number of cuts beside that of recovery, and what they mean below. */
export function outcomeSigns(ground: Ground): Plugin<'matrix'> {
  return {
    id: 'outcomeSigns',
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      for (const [index, dataset] of chart.data.datasets.entries()) {
        for (const [i, point] of dataset.data.entries()) {
          const cell = chart.getDatasetMeta(index).data[i];
          if (!cell || !isOutcomePoint(point)) continue;
          const { x, y } = cell.tooltipPosition(true); // for this element, its centre
          if (x !== null && y !== null) drawCell(ctx, point, x, y, ground);
        }
      }
      drawLegend(chart, ground);
      ctx.restore();
    },
  };
}

function drawCell(
  ctx: CanvasRenderingContext2D,
  { outcome, cuts }: Pick<OutcomePoint, 'outcome' | 'cuts'>,
  x: number,
  y: number,
  { scheme }: Ground,
): void {
  const { ink } = OUTCOME_LOOKS[outcome][scheme];
  const counted = outcome === 'recovered' && cuts > 0;
  drawSign(ctx, outcome, counted ? x - 9 : x, y, ink);
  if (!counted) return;
  ctx.font = FONT;
  ctx.fillStyle = ink;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillText(String(cuts), x + 3, y);
}

function drawSign(ctx: CanvasRenderingContext2D, outcome: Outcome, x: number, y: number, ink: string): void {
  ctx.strokeStyle = ink;
  ctx.lineWidth = 2;
  ctx.lineCap = 'round';
  ctx.lineJoin = 'round';
  ctx.beginPath();
  for (const line of SIGN_LINES[outcome]) {
    for (const [i, [dx, dy]] of line.entries()) {
      const at = [x + dx * SIGN_RADIUS_PX, y + dy * SIGN_RADIUS_PX] as const;
      if (i === 0) ctx.moveTo(...at);
      else ctx.lineTo(...at);
    }
  }
  ctx.stroke();
}

function drawLegend({ ctx, chartArea }: Chart<'matrix'>, ground: Ground): void {
  const y = chartArea.bottom + LEGEND_BELOW_PX;
  let x = chartArea.left;
  for (const outcome of OUTCOMES) {
    ctx.fillStyle = OUTCOME_LOOKS[outcome][ground.scheme].fill;
    ctx.fillRect(x, y - SWATCH.height / 2, SWATCH.width, SWATCH.height);
    drawCell(ctx, { outcome, cuts: 0 }, x + SWATCH.width / 2, y, ground);
    const text = outcome === 'recovered' ? 'recovered, number of cuts' : OUTCOME_LOOKS[outcome].word;
    ctx.font = LEGEND_FONT;
    ctx.fillStyle = ground.text;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(text, x + SWATCH.width + 8, y);
    x += SWATCH.width + 8 + ctx.measureText(text).width + 24;
  }
}

function isOutcomePoint(point: unknown): point is OutcomePoint {
  return typeof point === 'object' && point !== null && 'outcome' in point && 'cuts' in point;
}
