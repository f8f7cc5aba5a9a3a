import { type ReadonlySignal, signal } from '@preact/signals';
import { localNow } from '../browser-env.ts';
import { measureClockOffset } from '../clients/clock.ts';

/** How far the page's clock is known: the server's time is local time plus `offsetMs`, give or take `errorMs`. */
export interface ClockReading {
  readonly offsetMs: number;
  /** Half the shortest round trip, ms: the offset cannot be further off than that. */
  readonly errorMs: number;
  /** When it was measured, on the local clock: ms. */
  readonly measuredAt: number;
}

export interface LiveClock {
  /** The server's clock: ms since the Unix epoch. */
  now(): number;
  /** Undefined until the server has answered once. */
  readonly reading: ReadonlySignal<ClockReading | undefined>;
  /** Rejects where the server does not answer. */
  measure(signal: AbortSignal): Promise<void>;
}

/** How fast two machines' clocks may drift apart: 50 ppm is what crystals are sold with. */
const DRIFT = 50e-6;

export function createLiveClock(baseUrl: string): LiveClock {
  const reading = signal<ClockReading | undefined>(undefined);
  const request: Parameters<typeof measureClockOffset>[1] = (url, init) =>
    fetch(url, { ...init, cache: 'no-store' });
  return {
    now: () => localNow() + (reading.value?.offsetMs ?? 0),
    reading,
    async measure(abort) {
      const measured = await measureClockOffset(baseUrl, request, localNow, abort);
      const measuredAt = localNow();
      reading.value = better(reading.value, { ...measured, measuredAt });
    },
  };
}

/**
 * Of two readings the one with the smaller error now, the older one's having grown by drift. A measurement that
 * happened to be disturbed thus does not replace a good one. Bounds that exclude each other mean that a clock was
 * set: then the newer counts.
 */
export function better(known: ClockReading | undefined, fresh: ClockReading): ClockReading {
  if (!known) return fresh;
  const errorMs = known.errorMs + DRIFT * (fresh.measuredAt - known.measuredAt);
  const apart = Math.abs(fresh.offsetMs - known.offsetMs);
  if (fresh.errorMs <= errorMs || apart > fresh.errorMs + errorMs) return fresh;
  return { ...known, errorMs, measuredAt: fresh.measuredAt };
}
