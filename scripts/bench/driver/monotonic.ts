/** The machine's monotonic clock: the same in all its processes. Milliseconds since some moment in the past. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
