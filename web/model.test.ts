import { randomExponential, randomLcg } from 'd3-random';
import { expect, test } from 'vitest';
import { type Conditions, predict } from './model.ts';

const CONDITIONS: Conditions = {
  ratePerSecond: 20,
  baseMs: 25,
  fanOutMs: 0,
  cycleMs: 200,
  cycleVariation: 0,
  reconnectMs: 50,
  holdMs: 25_000,
};

test('a push takes the path and half the fan-out', () => {
  expect(predict('push', { ...CONDITIONS, fanOutMs: 8 }).latencyMs).toBe(29);
});

test('a short poll waits half its cycle, and longer where its cycle varies', () => {
  expect(predict('interval', CONDITIONS).latencyMs).toBe(125);
  expect(predict('interval', { ...CONDITIONS, cycleVariation: 1 }).latencyMs).toBe(225);
});

test('25 ms away, at 20 messages/s, a long poll takes the 46 ms that were measured on a real line', () => {
  const { latencyMs, requestsPerMessage } = predict('hold', CONDITIONS);
  expect(latencyMs).toBeCloseTo(42.8, 0);
  expect(requestsPerMessage).toBeCloseTo(0.73, 1);
});

/** A long poll played out message by message: no formula, only its rules. */
function simulateHold({ ratePerSecond, reconnectMs, holdMs }: Conditions, messages: number) {
  const gap = randomExponential.source(randomLcg(0.42))(ratePerSecond / 1000);
  let waitSumMs = 0;
  let requests = 0;
  let dueMs = gap();
  let arrivesMs = 0;
  let done = 0;
  while (done < messages) {
    requests += 1;
    let answeredMs = arrivesMs + holdMs;
    if (dueMs <= answeredMs) answeredMs = Math.max(dueMs, arrivesMs);
    for (; dueMs <= answeredMs && done < messages; dueMs += gap()) {
      waitSumMs += answeredMs - dueMs;
      done += 1;
    }
    arrivesMs = answeredMs + reconnectMs;
  }
  return { waitMs: waitSumMs / messages, requestsPerMessage: requests / messages };
}

test.each([
  { ratePerSecond: 2, holdMs: 25_000 },
  { ratePerSecond: 20, holdMs: 25_000 },
  { ratePerSecond: 200, holdMs: 25_000 },
  { ratePerSecond: 2, holdMs: 300 },
])(
  'the long poll’s formulas agree with a simulation of its rules at $ratePerSecond/s, held $holdMs ms',
  (some) => {
    const conditions = { ...CONDITIONS, ...some };
    const model = predict('hold', conditions);
    const played = simulateHold(conditions, 200_000);
    expect(model.latencyMs - conditions.baseMs).toBeCloseTo(played.waitMs, 0);
    expect(model.requestsPerMessage).toBeCloseTo(played.requestsPerMessage, 1);
  },
);
