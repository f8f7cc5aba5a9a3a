import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { FONT_FAMILY, type Ground } from '../charts/style.ts';
import { Strip } from './strip.ts';
import { barTop, drawRequest, drawSocket, drawStream } from './timeline-bars.ts';
import { LanePainter } from './timeline-paint.ts';
import { type Bar, isEnded, type Outage, type Trace } from './trace.ts';

/** What is to be drawn. Times are the server's clock, ms; lengths CSS pixels. */
export interface Scene {
  readonly lanes: readonly { readonly name: TransportName; readonly trace: Trace }[];
  /** The time at the right end. */
  readonly now: number;
  /** How much of the past is in view. */
  readonly spanMs: number;
  readonly width: number;
  readonly laneHeight: number;
  /** Device pixels per CSS pixel. */
  readonly density: number;
  readonly ground: Ground;
  /** True where time stands still: what comes in is not shown. */
  readonly frozen: boolean;
  /** Where someone looks closer, if anyone does. */
  readonly crosshair: { readonly lane: number; readonly x: number } | undefined;
}

/** The axis under the lanes, and the free stretch right of "now". */
export const AXIS_HEIGHT = 22;
const RIGHT_MARGIN = 14;

/** The time at a place of the timeline. */
export function timeAt({ now, spanMs, width }: Scene, x: number): number {
  return now - spanMs * (1 - x / (width - RIGHT_MARGIN));
}

/** Draws the timeline, frame by frame: what is settled only moves, what is in progress is drawn anew. */
export class TimelineDrawing {
  #strip: Strip | undefined;
  #painters: readonly LanePainter[] = [];
  #drawn: Scene | undefined;

  draw(context: CanvasRenderingContext2D, scene: Scene): void {
    const strip = this.#prepare(scene);
    const { lanes, laneHeight, width, ground, now } = scene;
    const right = width - RIGHT_MARGIN;
    const x = (time: number): number => strip.x(time, now, right);
    context.setTransform(scene.density, 0, 0, scene.density, 0, 0);
    context.clearRect(0, 0, width, lanes.length * laneHeight + AXIS_HEIGHT);
    drawAxis(context, scene, right);
    lanes.forEach(({ name, trace }, index) => {
      const top = index * laneHeight;
      context.fillStyle = ground.grid;
      context.fillRect(0, top + laneHeight - 1, width, 1);
      for (const outage of trace.outages.items) drawOutage(context, scene, outage, top, x);
      for (const bar of inProgress(trace)) {
        const end = Math.min(right, x(isEnded(bar) ? bar.end : now));
        const start = x(bar.start);
        if (end < 0 || start > right) continue;
        const y = barTop(top, laneHeight);
        const { colour } = TRANSPORTS[name];
        if (bar.kind === 'socket') drawSocket(context, bar, start, end, y, colour);
        else if (bar.kind === 'stream') drawStream(context, bar, start, end, y, colour);
        else drawRequest(context, bar, Math.max(-4, start), end, y, colour, ground);
      }
    });
    strip.show(context, now, right);
    drawCrosshair(context, scene);
  }

  /** The strip with all that is settled on it; painted from the start where the scene has changed its shape. */
  #prepare(scene: Scene): Strip {
    const { lanes, now, spanMs, width, laneHeight, density, ground, frozen } = scene;
    let strip = this.#strip;
    if (!strip || !this.#drawn || !sameShape(this.#drawn, scene)) {
      const speed = (width - RIGHT_MARGIN) / spanMs;
      strip = new Strip({ width, height: lanes.length * laneHeight, density, speed }, now);
      this.#strip = strip;
      this.#painters = lanes.map(
        ({ name }, lane) => new LanePainter(name, ground, lane * laneHeight, laneHeight, 1 / speed),
      );
    } else if (frozen) return strip;
    this.#drawn = scene;
    strip.advance(now);
    const fresh = this.#painters.flatMap((painter, lane) => {
      const trace = lanes[lane]?.trace;
      const paint = trace && painter.next(trace);
      return paint ? [paint] : [];
    });
    if (fresh.length > 0) strip.paint((context, x) => fresh.forEach((paint) => void paint(context, x)));
    return strip;
  }
}

/** What came in while time stood still must be painted afterwards, at its own time: that is a new shape as well. */
function sameShape(a: Scene, b: Scene): boolean {
  return (
    a.width === b.width &&
    a.laneHeight === b.laneHeight &&
    a.density === b.density &&
    a.spanMs === b.spanMs &&
    a.ground === b.ground &&
    a.lanes === b.lanes &&
    Math.abs(b.now - a.now) < b.spanMs
  );
}

/** Bars that still change, or lie beneath what is painted: few at any time. */
function inProgress({ open, ended }: Trace): readonly Bar[] {
  return [...ended.items.filter(({ kind }) => kind !== 'request'), ...open.items];
}

function drawAxis(context: CanvasRenderingContext2D, scene: Scene, right: number): void {
  const { ground, spanMs, lanes, laneHeight, width } = scene;
  const bottom = lanes.length * laneHeight;
  const stepMs = spanMs <= 5000 ? 1000 : spanMs <= 10_000 ? 2000 : 5000;
  context.font = `11px ${FONT_FAMILY}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let agoMs = 0; agoMs <= spanMs; agoMs += stepMs) {
    const x = Math.round(right * (1 - agoMs / spanMs));
    context.fillStyle = agoMs === 0 ? ground.muted : ground.grid;
    context.fillRect(x, 0, 1, bottom);
    context.fillStyle = ground.muted;
    const label = agoMs === 0 ? 'now' : `−${agoMs / 1000} s`;
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(Math.max(x, half), width - half), bottom + AXIS_HEIGHT / 2 + 2);
  }
}

const HATCH = 7;

/** Hatched, so that it is told from a quiet line. */
function drawOutage(
  context: CanvasRenderingContext2D,
  scene: Scene,
  outage: Outage,
  top: number,
  x: (time: number) => number,
): void {
  const start = x(outage.start);
  const from = Math.max(0, start);
  const to = Math.min(x(outage.end ?? scene.now), x(scene.now));
  if (to <= from) return;
  const height = scene.laneHeight - 1;
  context.save();
  context.beginPath();
  context.rect(from, top, to - from, height);
  context.clip();
  context.strokeStyle = scene.ground.muted;
  context.lineWidth = 1;
  context.globalAlpha = 0.35;
  context.beginPath();
  // The hatching moves with the outage.
  const first = start - height + HATCH * Math.max(0, Math.floor((from - start) / HATCH));
  for (let at = first; at < to; at += HATCH) {
    context.moveTo(at, top + height);
    context.lineTo(at + height, top);
  }
  context.stroke();
  context.globalAlpha = 1;
  const label = outage.cut ? 'line cut' : 'no connection';
  context.font = `600 11px ${FONT_FAMILY}`;
  const half = context.measureText(label).width / 2 + 6;
  if (to - from > 2 * half) {
    const middle = (from + to) / 2;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = scene.ground.background;
    context.fillRect(middle - half, top + height / 2 - 9, 2 * half, 18);
    context.fillStyle = scene.ground.muted;
    context.fillText(label, middle, top + height / 2);
  }
  context.restore();
}

function drawCrosshair(context: CanvasRenderingContext2D, { crosshair, laneHeight, ground }: Scene): void {
  if (!crosshair) return;
  context.fillStyle = ground.muted;
  context.fillRect(Math.round(crosshair.x), crosshair.lane * laneHeight, 1, laneHeight - 1);
}
