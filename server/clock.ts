import type { ClockReading } from './wire.ts';

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The epoch time at the zero of the machine's monotonic clock, fixed once so that `now` never jumps. */
const monotonicZero = performance.timeOrigin + performance.now() - monotonicMs();

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** Milliseconds since the Unix epoch, with microseconds, never going backwards. */
export function now(): number {
  return toMicroseconds(monotonicZero + monotonicMs());
}

/** One instant on both clocks: what `GET /api/clock` answers. */
export function readClock(): ClockReading {
  const monotonic = monotonicMs();
  return { at: toMicroseconds(monotonicZero + monotonic), monotonicMs: monotonic };
}
