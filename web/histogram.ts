import { build, type Histogram } from 'hdr-histogram-js';

/** An HDR histogram of whole µs: from 1 to as many as it takes, with three digits that count. */
export function newHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
}
