/**
 * The order of `count` subjects in a block: a row of a Williams square (E. J. Williams, 1949). Over `count`
 * blocks (twice as many where `count` is odd) each subject stands in each place, and follows each other
 * subject, equally often, so that neither a drift of the machine nor a neighbour favours one.
 */
export function blockOrder(count: number, block: number): readonly number[] {
  const first = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? i / 2 : count - (i + 1) / 2));
  const row = first.map((subject) => (subject + block) % count);
  const mirrored = count % 2 === 1 && Math.floor(block / count) % 2 === 1;
  return mirrored ? row.reverse() : row;
}
