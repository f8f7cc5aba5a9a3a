import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { FONT_FAMILY, type Ground } from '../charts/style.ts';
import { MARKER_PATHS } from './marker.tsx';
import type { Arrival, Bar, Outage, Trace } from './trace.ts';

/** What is to be drawn. Times are the server's clock, lengths CSS pixels. */
export interface Scene {
  readonly lanes: readonly { readonly name: TransportName; readonly trace: Trace }[];
  /** The time at the right edge, ms. */
  readonly now: number;
  /** How much of the past is in view, ms. */
  readonly spanMs: number;
  readonly width: number;
  readonly laneHeight: number;
  readonly ground: Ground;
  /** Where someone looks closer, if anyone does. */
  readonly crosshair: { readonly lane: number; readonly x: number } | undefined;
}

/** The axis under the lanes, and the free stretch right of "now". */
export const AXIS_HEIGHT = 22;
export const RIGHT_MARGIN = 14;
const DUE_Y = 9;
const BAR_HEIGHT = 12;
/** From the lane's bottom to the bar's: room for the number of messages a delivery brought. */
const BELOW_BAR = 15;

export function laneTop(scene: Pick<Scene, 'laneHeight'>, lane: number): number {
  return lane * scene.laneHeight;
}

export function xOf({ now, spanMs, width }: Pick<Scene, 'now' | 'spanMs' | 'width'>, time: number): number {
  return (width - RIGHT_MARGIN) * (1 - (now - time) / spanMs);
}

export function timeAt({ now, spanMs, width }: Pick<Scene, 'now' | 'spanMs' | 'width'>, x: number): number {
  return now - spanMs * (1 - x / (width - RIGHT_MARGIN));
}

export function drawTimeline(context: CanvasRenderingContext2D, scene: Scene): void {
  const { width, laneHeight, lanes, ground } = scene;
  context.clearRect(0, 0, width, lanes.length * laneHeight + AXIS_HEIGHT);
  drawAxis(context, scene);
  lanes.forEach(({ name, trace }, index) => {
    const { colour } = TRANSPORTS[name];
    const top = laneTop(scene, index);
    const barTop = top + laneHeight - BELOW_BAR - BAR_HEIGHT;
    context.strokeStyle = ground.grid;
    context.lineWidth = 1;
    line(context, 0, top + laneHeight - 0.5, width, top + laneHeight - 0.5);
    for (const outage of trace.outages) drawOutage(context, scene, outage, top);
    for (const bar of trace.bars) drawBar(context, scene, bar, barTop, colour);
    drawWaits(context, scene, trace.arrivals, top, barTop, colour);
    drawArrivals(context, scene, trace.arrivals, name, barTop);
  });
  drawCrosshair(context, scene);
}

function drawAxis(context: CanvasRenderingContext2D, scene: Scene): void {
  const { ground, spanMs, now, lanes, laneHeight, width } = scene;
  const bottom = lanes.length * laneHeight;
  const stepMs = spanMs <= 5000 ? 1000 : spanMs <= 10_000 ? 2000 : 5000;
  context.font = `11px ${FONT_FAMILY}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineWidth = 1;
  for (let agoMs = 0; agoMs <= spanMs; agoMs += stepMs) {
    const x = Math.round(xOf(scene, now - agoMs)) + 0.5;
    context.strokeStyle = agoMs === 0 ? ground.muted : ground.grid;
    line(context, x, 0, x, bottom);
    context.fillStyle = ground.muted;
    const label = agoMs === 0 ? 'now' : `−${agoMs / 1000} s`;
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(Math.max(x, half), width - half), bottom + AXIS_HEIGHT / 2 + 2);
  }
}

/** Hatched, so that it is told from a quiet line. */
function drawOutage(context: CanvasRenderingContext2D, scene: Scene, outage: Outage, top: number): void {
  const from = Math.max(0, xOf(scene, outage.start));
  const to = xOf(scene, outage.end ?? scene.now);
  if (to <= 0) return;
  const height = scene.laneHeight - 1;
  context.save();
  context.beginPath();
  context.rect(from, top, to - from, height);
  context.clip();
  context.strokeStyle = scene.ground.muted;
  context.globalAlpha = 0.28;
  context.beginPath();
  // The hatching moves with the outage, not with the window.
  const phase = xOf(scene, outage.start) % 7;
  for (let x = from - height - 7; x < to + 7; x += 7) {
    const start = Math.floor(x / 7) * 7 + phase;
    context.moveTo(start, top + height);
    context.lineTo(start + height, top);
  }
  context.stroke();
  context.globalAlpha = 1;
  const label = outage.cut ? 'line cut' : 'no connection';
  context.font = `600 11px ${FONT_FAMILY}`;
  if (to - from > context.measureText(label).width + 16) {
    context.textAlign = 'center';
    const middle = (from + to) / 2;
    const half = context.measureText(label).width / 2 + 5;
    context.fillStyle = scene.ground.background;
    context.fillRect(middle - half, top + height / 2 - 9, 2 * half, 18);
    context.fillStyle = scene.ground.muted;
    context.fillText(label, middle, top + height / 2);
  }
  context.restore();
}

function drawBar(context: CanvasRenderingContext2D, scene: Scene, bar: Bar, y: number, colour: string): void {
  const start = xOf(scene, bar.start);
  const end = xOf(scene, bar.end ?? scene.now);
  if (end < 0) return;
  // What began before the window is drawn from beyond its edge, without a start.
  const from = Math.max(-4, start);
  const width = Math.max(3, end - from);
  if (bar.kind === 'socket') drawSocket(context, bar, from, y, width, colour);
  else if (bar.kind === 'stream') drawStream(context, scene, bar, from, y, width, colour);
  else drawRequest(context, scene, bar, from, y, width, colour);
}

/** Hollow: nothing new. Tinted: held. Solid: brought messages. */
function drawRequest(
  context: CanvasRenderingContext2D,
  scene: Scene,
  bar: Bar,
  x: number,
  y: number,
  width: number,
  colour: string,
): void {
  const failed = bar.outcome === 'failed';
  const hollow = bar.outcome === 'empty' || failed;
  context.lineWidth = 1;
  context.strokeStyle = failed || hollow ? scene.ground.muted : colour;
  context.fillStyle = colour;
  if (failed) context.setLineDash([2, 2]);
  if (!hollow) {
    context.globalAlpha = width < 8 && bar.end !== undefined ? 1 : 0.3;
    context.fillRect(x, y, width, BAR_HEIGHT);
    context.globalAlpha = 1;
  }
  context.strokeRect(x + 0.5, y + 0.5, width - 1, BAR_HEIGHT - 1);
  context.setLineDash([]);
  // The answer: what the hold was for.
  if (bar.outcome === 'messages' && width >= 8) context.fillRect(x + width - 3, y, 3, BAR_HEIGHT);
}

/** An endless response: a band with its direction, open to the right while it lasts. */
function drawStream(
  context: CanvasRenderingContext2D,
  scene: Scene,
  bar: Bar,
  x: number,
  y: number,
  width: number,
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, BAR_HEIGHT);
  context.clip();
  context.fillStyle = colour;
  context.globalAlpha = 0.22;
  context.fillRect(x, y, width, BAR_HEIGHT);
  context.globalAlpha = 0.55;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  const phase = ((xOf(scene, bar.start) % 22) + 22) % 22;
  for (let at = phase - 22; at < x + width; at += 22) {
    context.moveTo(at, y + 2.5);
    context.lineTo(at + 4, y + BAR_HEIGHT / 2);
    context.lineTo(at, y + BAR_HEIGHT - 2.5);
  }
  context.stroke();
  context.restore();
  context.fillStyle = colour;
  if (x > 0) context.fillRect(x, y, 2, BAR_HEIGHT);
  if (bar.end !== undefined) context.fillRect(x + width - 2, y, 2, BAR_HEIGHT);
}

/** A pipe for both directions: two rails, a lid at each end. */
function drawSocket(
  context: CanvasRenderingContext2D,
  bar: Bar,
  x: number,
  y: number,
  width: number,
  colour: string,
): void {
  context.fillStyle = colour;
  context.globalAlpha = 0.1;
  context.fillRect(x, y, width, BAR_HEIGHT);
  context.globalAlpha = 1;
  context.fillRect(x, y, width, 2.5);
  context.fillRect(x, y + BAR_HEIGHT - 2.5, width, 2.5);
  if (x > 0) context.fillRect(x, y - 1, 3, BAR_HEIGHT + 2);
  if (bar.end !== undefined) context.fillRect(x + width - 3, y - 1, 3, BAR_HEIGHT + 2);
}

/** From when a message was due, at the lane's top, to when it came, at its bar: the slant is the latency. */
function drawWaits(
  context: CanvasRenderingContext2D,
  scene: Scene,
  arrivals: readonly Arrival[],
  top: number,
  barTop: number,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.globalAlpha = 0.45;
  context.beginPath();
  const pixelMs = scene.spanMs / scene.width;
  let lastDue = 0;
  let lastAt = 0;
  for (const { due, at } of arrivals) {
    const atX = xOf(scene, at);
    // Compared on a grid of time, not with each other, so that the choice does not change from frame to frame.
    const dueCell = Math.floor(due / pixelMs);
    const atCell = Math.floor(at / pixelMs);
    if (atX < 0 || (dueCell === lastDue && atCell === lastAt)) continue;
    const dueX = xOf(scene, due);
    context.moveTo(dueX, top + DUE_Y - 4);
    context.lineTo(dueX, top + DUE_Y);
    context.lineTo(atX, barTop);
    lastDue = dueCell;
    lastAt = atCell;
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** A marker for each delivery, larger for one of several messages, with their number where there is room. */
function drawArrivals(
  context: CanvasRenderingContext2D,
  scene: Scene,
  arrivals: readonly Arrival[],
  name: TransportName,
  barTop: number,
): void {
  const { colour, marker } = TRANSPORTS[name];
  const shape = new Path2D(MARKER_PATHS[marker]);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `10px ${FONT_FAMILY}`;
  const y = barTop + BAR_HEIGHT / 2;
  const base = context.getTransform();
  let labelEnd = Number.NEGATIVE_INFINITY;
  for (const { at, count } of deliveries(arrivals, scene)) {
    const x = xOf(scene, at);
    const radius = 3.5 + Math.min(3, Math.log2(count) / 2);
    const { a, d, e, f } = base;
    context.setTransform(a * radius, 0, 0, d * radius, e + a * x, f + d * y);
    context.lineWidth = 2 / radius;
    context.strokeStyle = scene.ground.background;
    context.stroke(shape);
    context.fillStyle = colour;
    context.fill(shape);
    context.setTransform(base);
    if (count === 1) continue;
    const half = context.measureText(String(count)).width / 2;
    if (x - half < labelEnd + 4) continue;
    context.fillStyle = scene.ground.muted;
    context.fillText(String(count), x, barTop + BAR_HEIGHT + 8);
    labelEnd = x + half;
  }
}

/** What came at the same time is one delivery; of single messages less than a marker apart, one is drawn. */
function deliveries(
  arrivals: readonly Arrival[],
  scene: Scene,
): readonly { readonly at: number; readonly count: number }[] {
  const earliest = timeAt(scene, -8);
  const cellMs = 3 * (scene.spanMs / scene.width);
  const found: { at: number; count: number }[] = [];
  for (const { at, count } of arrivals) {
    if (at < earliest) continue;
    const last = found.at(-1);
    if (last && at === last.at) last.count += count;
    else if (last?.count === 1 && Math.floor(at / cellMs) === Math.floor(last.at / cellMs)) continue;
    else found.push({ at, count });
  }
  return found;
}

function drawCrosshair(context: CanvasRenderingContext2D, scene: Scene): void {
  if (!scene.crosshair) return;
  const { lane, x } = scene.crosshair;
  context.strokeStyle = scene.ground.text;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  const top = laneTop(scene, lane);
  line(context, Math.round(x) + 0.5, top, Math.round(x) + 0.5, top + scene.laneHeight);
  context.setLineDash([]);
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
