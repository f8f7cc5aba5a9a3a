import type { Manners, TransportName } from '../../server/wire.ts';

/** What a probe does, and for how long. All times in ms. */
export interface ProbeSettings {
  /** 1 as in the world; less shortens silence, hold and heartbeat alike, for paths whose limits are shortened too. */
  readonly timeScale: number;
  readonly transports: readonly TransportName[];
  readonly manners: readonly Manners[];
  /** Before the first message: time to connect. */
  readonly leadMs: number;
  /** Messages live, and the time between them. Not scaled: a line that is late by 200 ms is late at any scale. */
  readonly live: number;
  readonly everyMs: number;
  /** Longer than the usual idle limits (a minute). */
  readonly silenceMs: number;
  /** After the silence one message; after this pause some more. */
  readonly pauseMs: number;
  readonly tail: number;
  /** How long is waited for what has not come after the last message was due. */
  readonly patienceMs: number;
  /** The short poll's interval. */
  readonly intervalMs: number;
  /** How long a long poll may be held: under the usual time limits, and by those who do not think of them. */
  readonly holdMs: Readonly<Record<Manners, number>>;
  /** What the lab's `--heartbeat-ms` is to be. */
  readonly heartbeatMs: number;
}

/** The procedure's settings at a time scale from 0.02 to 1. */
export function probeSettings(
  timeScale: number,
  transports: readonly TransportName[],
  manners: readonly Manners[],
): ProbeSettings {
  return {
    timeScale,
    transports,
    manners,
    // Not longer than the most impatient path is patient.
    leadMs: Math.max(400, 1500 * timeScale),
    live: 20,
    everyMs: 250,
    silenceMs: 75_000 * timeScale,
    pauseMs: 1000,
    tail: 4,
    // Some refuse for five seconds at a time (Varnish), at whatever scale.
    patienceMs: Math.max(6000, 60_000 * timeScale),
    intervalMs: Math.max(200, 1000 * timeScale),
    holdMs: { polite: Math.max(1000, 25_000 * timeScale), naive: 3_600_000 },
    heartbeatMs: Math.max(50, 15_000 * timeScale),
  };
}

/** When each message is due, ms after the start: live ones, one after the silence, the tail. */
export function dueTimes(settings: ProbeSettings): readonly number[] {
  const { leadMs, live, everyMs, silenceMs, pauseMs, tail } = settings;
  const liveDue = Array.from({ length: live }, (_, i) => leadMs + i * everyMs);
  const woken = (liveDue.at(-1) ?? leadMs) + silenceMs;
  const tailDue = Array.from({ length: tail }, (_, i) => woken + pauseMs + i * everyMs);
  return [...liveDue, woken, ...tailDue];
}

/** A client that stood still for longer has a record that cannot be trusted: half of what is still news, ms. */
export const STALLED_MS = 1250;
