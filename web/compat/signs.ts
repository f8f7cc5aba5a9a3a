import type { Outcome } from '../probe/schema.ts';

type Point = readonly [x: number, y: number];
type Line = readonly Point[];

/** Degrees clockwise from the right, as canvases count them. */
function arc(x: number, y: number, radius: number, from: number, to: number): Line {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, i): Point => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

/**
 * The outcomes' signs as lines in a square from -1 to 1, for canvas and SVG alike: so that no font has to have
 * them. A tick, a circle's arrow, a sickle moon, a cross.
 */
export const SIGN_LINES: Readonly<Record<Outcome, readonly Line[]>> = {
  whole: [
    [
      [-0.75, 0.05],
      [-0.2, 0.6],
      [0.8, -0.6],
    ],
  ],
  recovered: [
    arc(0, 0, 0.75, -35, -320),
    [
      [0, -0.6],
      [0.61, -0.43],
      [0.62, -1.05],
    ],
  ],
  dead: [[...arc(0, 0, 0.85, -50, -310), ...arc(0.75, 0, 0.68, 107, 253)]],
  nothing: [
    [
      [-0.6, -0.6],
      [0.6, 0.6],
    ],
    [
      [0.6, -0.6],
      [-0.6, 0.6],
    ],
  ],
};

/** The same as an SVG path. */
export function signPath(outcome: Outcome): string {
  return SIGN_LINES[outcome]
    .map((line) => line.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`).join(''))
    .join('');
}
