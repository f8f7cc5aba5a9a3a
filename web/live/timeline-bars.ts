import type { Ground } from '../charts/style.ts';
import { type Bar, isEnded } from './trace.ts';

/** How requests look. Lengths are CSS pixels. */
export const BAR_HEIGHT = 12;
/** Messages' due times are marked this far below a lane's top. */
export const DUE_Y = 9;
/** Room for the number of messages a delivery brought. */
const BELOW_BAR = 15;

/** The top of a lane's bars. */
export function barTop(laneTop: number, laneHeight: number): number {
  return Math.round(laneTop + laneHeight - BELOW_BAR - BAR_HEIGHT);
}

/** A request that is answered: hollow when nothing was new, tinted while held, solid where it brought messages. */
export function drawRequest(
  context: CanvasRenderingContext2D,
  bar: Bar,
  start: number,
  end: number,
  y: number,
  colour: string,
  ground: Ground,
): void {
  const outcome = isEnded(bar) ? bar.outcome : undefined;
  const width = Math.max(3, end - start);
  const hollow = outcome === 'empty' || outcome === 'failed';
  const brief = width < 8 && outcome !== undefined;
  context.lineWidth = 1;
  context.strokeStyle = hollow ? ground.muted : colour;
  context.fillStyle = colour;
  if (outcome === 'failed') context.setLineDash([2, 2]);
  if (!hollow) {
    context.globalAlpha = brief ? 1 : 0.3;
    context.fillRect(start, y, width, BAR_HEIGHT);
    context.globalAlpha = 1;
  }
  context.strokeRect(start + 0.5, y + 0.5, width - 1, BAR_HEIGHT - 1);
  context.setLineDash([]);
  // The answer: what the hold was for.
  if (outcome === 'messages' && !brief) context.fillRect(end - 3, y, 3, BAR_HEIGHT);
}

/** An endless response: a band that shows its one direction, open to the right while it lasts. */
export function drawStream(
  context: CanvasRenderingContext2D,
  bar: Bar,
  start: number,
  end: number,
  y: number,
  colour: string,
): void {
  const from = Math.max(0, start);
  context.save();
  context.beginPath();
  context.rect(from, y, Math.max(2, end - from), BAR_HEIGHT);
  context.clip();
  context.fillStyle = colour;
  context.globalAlpha = 0.22;
  context.fillRect(from, y, end - from, BAR_HEIGHT);
  context.globalAlpha = 0.6;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  const first = start + CHEVRONS * Math.max(0, Math.floor((from - start) / CHEVRONS));
  for (let x = first; x < end; x += CHEVRONS) {
    context.moveTo(x + 8, y + 3);
    context.lineTo(x + 12, y + BAR_HEIGHT / 2);
    context.lineTo(x + 8, y + BAR_HEIGHT - 3);
  }
  context.stroke();
  context.restore();
  context.fillStyle = colour;
  if (start > 0) context.fillRect(start, y, 2, BAR_HEIGHT);
  if (isEnded(bar)) context.fillRect(end - 2, y, 2, BAR_HEIGHT);
}

/** A socket: a pipe for both directions, two rails, with a lid at each end. */
export function drawSocket(
  context: CanvasRenderingContext2D,
  bar: Bar,
  start: number,
  end: number,
  y: number,
  colour: string,
): void {
  const from = Math.max(0, start);
  const width = Math.max(3, end - from);
  context.fillStyle = colour;
  context.globalAlpha = 0.1;
  context.fillRect(from, y, width, BAR_HEIGHT);
  context.globalAlpha = 1;
  context.fillRect(from, y, width, 2.5);
  context.fillRect(from, y + BAR_HEIGHT - 2.5, width, 2.5);
  if (start > 0) context.fillRect(start, y - 1, 3, BAR_HEIGHT + 2);
  if (isEnded(bar)) context.fillRect(end - 3, y - 1, 3, BAR_HEIGHT + 2);
}

const CHEVRONS = 22;
