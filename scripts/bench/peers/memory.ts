import { linearRegression } from 'simple-statistics';
import type { ProcessUse } from './serve.ts';

interface Reading extends ProcessUse {
  readonly connections: number;
}

/** What each further connection takes: the slope of a line through the readings, KB (1,000 bytes). */
export function slopePerConnection(readings: readonly Reading[]): Readonly<Record<string, number>> {
  const slope = (bytesOf: (reading: Reading) => number): number =>
    linearRegression(readings.map((reading) => [reading.connections, bytesOf(reading)])).m / 1000;
  const hasHeap = readings.every(({ heapBytes }) => heapBytes !== undefined);
  return {
    rss: slope(({ rssBytes }) => rssBytes),
    ...(hasHeap && { heap: slope(({ heapBytes = 0 }) => heapBytes) }),
  };
}
