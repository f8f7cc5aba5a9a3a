import { TRANSPORTS, type TransportName } from '../../server/wire.ts';
import { FONT_FAMILY, type Ground } from '../charts/style.ts';
import { MARKER_PATHS } from './marker.tsx';
import { BAR_HEIGHT, barTop, DUE_Y, drawRequest } from './timeline-bars.ts';
import type { Arrival, Trace } from './trace.ts';

type X = (time: number) => number;

/** How far a lane has been painted. */
interface Progress {
  ended: number;
  arrivals: number;
  /** Where the last number was written, ms: the next must not run into it. */
  numberedUntil: number;
  lastSingle: number;
}

/** Paints what a lane has had since it was last painted: requests that are over, and messages. Once each. */
export class LanePainter {
  readonly #progress: Progress = { ended: 0, arrivals: 0, numberedUntil: 0, lastSingle: 0 };
  readonly #name: TransportName;
  readonly #ground: Ground;
  readonly #top: number;
  readonly #laneHeight: number;
  readonly #msPerPixel: number;

  constructor(name: TransportName, ground: Ground, top: number, laneHeight: number, msPerPixel: number) {
    this.#name = name;
    this.#ground = ground;
    this.#top = top;
    this.#laneHeight = laneHeight;
    this.#msPerPixel = msPerPixel;
  }

  /** Returns how to paint what is new, or undefined where nothing is; what it returns may be called repeatedly. */
  next({ ended, arrivals }: Trace): ((context: CanvasRenderingContext2D, x: X) => void) | undefined {
    const bars = ended.since(this.#progress.ended).filter(({ kind }) => kind === 'request');
    const came = arrivals.since(this.#progress.arrivals);
    this.#progress.ended = ended.total;
    this.#progress.arrivals = arrivals.total;
    if (bars.length === 0 && came.length === 0) return undefined;
    const marks = this.#marks(came);
    const y = barTop(this.#top, this.#laneHeight);
    const { colour } = TRANSPORTS[this.#name];
    return (context, x) => {
      for (const bar of bars) drawRequest(context, bar, x(bar.start), x(bar.end), y, colour, this.#ground);
      this.#paintWaits(context, came, x);
      this.#paintMarks(context, marks, x);
    };
  }

  /** From when a message was due, at the lane's top, to when it came, at its bar: the slant is the latency. */
  #paintWaits(context: CanvasRenderingContext2D, came: readonly Arrival[], x: X): void {
    const end = barTop(this.#top, this.#laneHeight) - 2;
    context.strokeStyle = TRANSPORTS[this.#name].colour;
    context.lineWidth = 1;
    context.globalAlpha = 0.45;
    context.beginPath();
    for (const { due, at } of came) {
      const dueX = x(due) + 0.5;
      context.moveTo(dueX, this.#top + DUE_Y - 4);
      context.lineTo(dueX, this.#top + DUE_Y);
      context.lineTo(x(at) + 0.5, end);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  #paintMarks(context: CanvasRenderingContext2D, marks: readonly Mark[], x: X): void {
    const { colour, marker } = TRANSPORTS[this.#name];
    const shape = new Path2D(MARKER_PATHS[marker]);
    const y = barTop(this.#top, this.#laneHeight);
    const base = context.getTransform();
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.font = NUMBER_FONT;
    for (const { at, count, numbered } of marks) {
      const radius = 3.5 + Math.min(3, Math.log2(count) / 2);
      const { a, d, e, f } = base;
      context.setTransform(a * radius, 0, 0, d * radius, e + a * x(at), f + d * y);
      context.lineWidth = 2 / radius;
      context.strokeStyle = this.#ground.background;
      context.stroke(shape);
      context.fillStyle = colour;
      context.fill(shape);
      context.setTransform(base);
      if (!numbered) continue;
      context.fillStyle = this.#ground.muted;
      context.fillText(String(count), x(at), y + BAR_HEIGHT + 8);
    }
  }

  /** What came at the same time is one mark; of single messages less than half a mark apart, one is painted. */
  #marks(came: readonly Arrival[]): readonly Mark[] {
    const deliveries: { at: number; count: number }[] = [];
    for (const { at, count } of came) {
      const last = deliveries.at(-1);
      if (last && at === last.at) last.count += count;
      else deliveries.push({ at, count });
    }
    const progress = this.#progress;
    return deliveries.flatMap(({ at, count }) => {
      if (count === 1) {
        if (at - progress.lastSingle < HALF_MARK * this.#msPerPixel) return [];
        progress.lastSingle = at;
        return [{ at, count, numbered: false }];
      }
      const halfMs = (DIGIT_WIDTH / 2) * String(count).length * this.#msPerPixel;
      const numbered = at - halfMs > progress.numberedUntil + NUMBER_GAP * this.#msPerPixel;
      if (numbered) progress.numberedUntil = at + halfMs;
      return [{ at, count, numbered }];
    });
  }
}

interface Mark {
  readonly at: number;
  readonly count: number;
  readonly numbered: boolean;
}

const NUMBER_FONT = `10px ${FONT_FAMILY}`;
/** About, in that font: CSS pixels. */
const DIGIT_WIDTH = 6;
/** Numbers closer than this would be a row of digits that nobody reads. */
const NUMBER_GAP = 22;
const HALF_MARK = 3;
