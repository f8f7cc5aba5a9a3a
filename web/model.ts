import type { TransportInfo } from '../server/wire.ts';

/**
 * What theory expects of a transport, to be drawn beside what was measured. d is the one-way delay, R = 2d,
 * λ the message rate (Poisson), s the service time, X the poll cycle, G the gap between two long polls, H the
 * hold time. Derivations: renewal theory (inspection paradox) for polling, RFC 6202 §2.2 for the long poll's
 * worst case.
 */
export interface Conditions {
  readonly ratePerSecond: number;
  /** Time from when a message is due to when a subscriber that is being pushed to has it: lag + d + s, ms. */
  readonly baseMs: number;
  /** What the last of the subscribers waits longer than the first: N·c, ms. */
  readonly fanOutMs: number;
  /** X, the time between two polls' starts: ms. */
  readonly cycleMs: number;
  /** Its standard deviation over its mean. */
  readonly cycleVariation: number;
  /** G, from an answer to the next request's arrival, under the load in question: R + s + client time, ms. */
  readonly reconnectMs: number;
  readonly holdMs: number;
}

export interface Prediction {
  /** Mean delivery latency, ms. */
  readonly latencyMs: number;
  /** Infinite at rate 0, where requests are made for nothing. */
  readonly requestsPerMessage: number;
  /** Share of polls that bring nothing. */
  readonly emptyShare: number;
}

export function predict(paced: TransportInfo['paced'], conditions: Conditions): Prediction {
  return MODELS[paced](conditions);
}

const MODELS: Record<TransportInfo['paced'], (conditions: Conditions) => Prediction> = {
  /** L = d + s, and on the mean half the fan-out. */
  push: ({ baseMs, fanOutMs }) => ({
    latencyMs: baseMs + fanOutMs / 2,
    requestsPerMessage: 0,
    emptyShare: 0,
  }),

  /** E[L] = (X/2)(1+CV²) + d + s; an empty poll has probability e^(−λX). */
  interval: ({ ratePerSecond, baseMs, cycleMs, cycleVariation }) => {
    const perCycle = (ratePerSecond / 1000) * cycleMs;
    return {
      latencyMs: (cycleMs / 2) * (1 + cycleVariation ** 2) + baseMs,
      requestsPerMessage: 1 / perCycle,
      emptyShare: Math.exp(-perCycle),
    };
  },

  /** E[L] = d + s + (1−π)·G/2 with π the share of time in which a request is pending. */
  hold: ({ ratePerSecond, baseMs, fanOutMs, reconnectMs, holdMs }) => {
    const rate = ratePerSecond / 1000;
    const perGap = rate * reconnectMs;
    const emptyGap = Math.exp(-perGap);
    const wokenInHold = 1 - Math.exp(-rate * holdMs);
    const perCycle = perGap + emptyGap * wokenInHold;
    const pending = (emptyGap * wokenInHold) / perCycle;
    return {
      latencyMs: baseMs + fanOutMs / 2 + ((1 - pending) * reconnectMs) / 2,
      requestsPerMessage: 1 / perCycle,
      emptyShare: emptyGap * (1 - wokenInHold),
    };
  },
};
