/** What a strip shows, and how finely. Lengths are CSS pixels. */
export interface StripShape {
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly density: number;
  /** CSS pixels per ms. */
  readonly speed: number;
}

/** Room beyond both ends, so that marks at an end are whole: CSS pixels. */
const MARGIN = 24;

/**
 * A picture that runs on with time: things are painted once, at their time, and then only moved. It is a ring of
 * pixel columns, whose oldest are wiped as time advances. Columns are whole device pixels, so that moving it
 * leaves it crisp.
 */
export class Strip {
  readonly #canvas = document.createElement('canvas');
  readonly #context = this.#canvas.getContext('2d');
  readonly #origin: number;
  readonly #shape: StripShape;
  /** The ring's length: device pixels. */
  readonly #length: number;
  #head: number;

  /** `now`: the time at the right end, ms. */
  constructor(shape: StripShape, now: number) {
    this.#shape = shape;
    this.#origin = now;
    this.#head = 0;
    this.#length = Math.ceil((shape.width + 2 * MARGIN) * shape.density);
    this.#canvas.width = this.#length;
    this.#canvas.height = Math.round(shape.height * shape.density);
  }

  /** Where `time` is to be found when `now` is at `right`: CSS pixels, on a whole device pixel. */
  x(time: number, now: number, right: number): number {
    return right + (this.#column(time) - this.#column(now)) / this.#shape.density;
  }

  /** Moves the right end on to `now`, ms. */
  advance(now: number): void {
    const head = this.#column(now);
    const margin = Math.ceil(MARGIN * this.#shape.density);
    const fresh = Math.min(head - this.#head, this.#length);
    if (fresh <= 0) return;
    this.#eachPart(head + margin - fresh, head + margin, (at, width) => {
      this.#context?.clearRect(at, 0, width, this.#canvas.height);
    });
    this.#head = head;
  }

  /** Paints on the strip. `x` gives a time's place there, CSS pixels; it may be called for any time. */
  paint(paint: (context: CanvasRenderingContext2D, x: (time: number) => number) => void): void {
    const context = this.#context;
    if (!context) return;
    const { density } = this.#shape;
    const end = this.#head + Math.ceil(MARGIN * density);
    this.#eachPart(end - this.#length, end, (at, width, column) => {
      context.save();
      context.beginPath();
      context.rect(at, 0, width, this.#canvas.height);
      context.clip();
      context.scale(density, density);
      paint(context, (time) => (this.#column(time) - column + at) / density);
      context.restore();
    });
  }

  /** Shows the strip with `now` at `right` (CSS pixels) on a canvas that is scaled by the density. */
  show(target: CanvasRenderingContext2D, now: number, right: number): void {
    const { density, height, width } = this.#shape;
    const shownHead = this.#column(now);
    const from = Math.max(
      shownHead - Math.ceil(right * density),
      this.#head + MARGIN * density - this.#length,
    );
    const to = shownHead + Math.floor((width - right) * density);
    this.#eachPart(Math.ceil(from), to, (at, columns, column) => {
      const x = right + (column - shownHead) / density;
      target.drawImage(this.#canvas, at, 0, columns, this.#canvas.height, x, 0, columns / density, height);
    });
  }

  #column(time: number): number {
    return Math.round((time - this.#origin) * this.#shape.speed * this.#shape.density);
  }

  /** Columns `from` to `to` as they lie in the ring: one part, or two across its seam. */
  #eachPart(from: number, to: number, visit: (at: number, width: number, column: number) => void): void {
    const length = this.#length;
    for (let column = from; column < to; ) {
      const at = ((column % length) + length) % length;
      const width = Math.min(to - column, length - at);
      visit(at, width, column);
      column += width;
    }
  }
}
