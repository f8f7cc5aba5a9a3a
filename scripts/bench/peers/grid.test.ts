import { expect, test } from 'vitest';
import { TRANSPORT_NAMES } from '../../../server/wire.ts';
import { courseInBlock, courseOf, FULL_GRID, MODERATE } from './grid.ts';

test.each(TRANSPORT_NAMES)(
  'two blocks have all of the grid, each the cells of the goals: %s',
  (transport) => {
    const course = courseOf(transport, FULL_GRID);
    const blocks = [0, 1].map((block) => courseInBlock(course, block));
    const points = blocks.flatMap((block) => block.points);
    expect(new Set(points)).toEqual(new Set(course.points));
    for (const { points: some } of blocks) {
      const moderate = course.points.filter(({ subscribers }) => subscribers === MODERATE.subscribers);
      expect(some).toEqual(expect.arrayContaining(moderate));
      expect(some.length).toBeLessThan(course.points.length);
    }
    expect(blocks.map(({ idle }) => idle)).toEqual([course.idle, []]);
  },
);
