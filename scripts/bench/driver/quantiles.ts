import type { Histogram } from 'hdr-histogram-js';

/** What is told of a window's latencies beside the histogram itself: ms. */
export type QuantilesMs = Readonly<Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number>>;

/** Of a histogram in µs. */
export function quantilesOf(histogram: Histogram): QuantilesMs {
  const quantile = (percent: number) => histogram.getValueAtPercentile(percent) / 1000;
  return {
    p50: quantile(50),
    p90: quantile(90),
    p99: quantile(99),
    p999: quantile(99.9),
    max: histogram.maxValue / 1000,
  };
}
