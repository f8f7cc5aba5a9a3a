/** What a delivery costs that shares its write, or its answer, with `burst` messages in all. */
export interface BurstCost {
  readonly burst: number;
  readonly cost: number;
}

/** `perWrite / burst + perMessage`: each message costs its own, and all of a write share what the write costs. */
export interface BurstFit {
  readonly perWrite: number;
  readonly perMessage: number;
  /** Root mean square of what the points are off, as a share of what is measured. */
  readonly error: number;
}

/**
 * Least squares on the relative error: costs lie decades apart, and 10 % of a small one count as much as 10 % of a
 * large one. Nothing costs less than nothing: where the best line would say so, the best without that part is taken.
 * Undefined where there are fewer than two different bursts.
 */
export function fitBurst(points: readonly BurstCost[]): BurstFit | undefined {
  const positive = points.filter(({ burst, cost }) => burst > 0 && cost > 0);
  if (new Set(positive.map(({ burst }) => burst)).size < 2) return undefined;
  // Divided by the cost, the line through (1/burst, cost) is u × perWrite + v × perMessage = 1.
  const terms = positive.map(({ burst, cost }) => ({ u: 1 / (burst * cost), v: 1 / cost }));
  const sum = (of: (term: { u: number; v: number }) => number) =>
    terms.reduce((total, term) => total + of(term), 0);
  const [u, v] = [sum((term) => term.u), sum((term) => term.v)];
  const [uu, uv, vv] = [sum((t) => t.u * t.u), sum((t) => t.u * t.v), sum((t) => t.v * t.v)];
  const determinant = uu * vv - uv * uv;
  let perWrite = (u * vv - v * uv) / determinant;
  let perMessage = (v * uu - u * uv) / determinant;
  if (perMessage < 0) [perWrite, perMessage] = [u / uu, 0];
  else if (perWrite < 0) [perWrite, perMessage] = [0, v / vv];
  const squares = sum((term) => (perWrite * term.u + perMessage * term.v - 1) ** 2);
  return { perWrite, perMessage, error: Math.sqrt(squares / terms.length) };
}

export function costAt({ perWrite, perMessage }: Omit<BurstFit, 'error'>, burst: number): number {
  return perWrite / burst + perMessage;
}
