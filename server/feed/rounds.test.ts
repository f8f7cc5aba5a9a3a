import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Coalescing, Rounds } from './rounds.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Keeps the event loop. */
function work(forMs: number): void {
  for (const untilMs = performance.now() + forMs; performance.now() < untilMs; );
}

function createRounds(coalescing: Coalescing, workMs = 0) {
  const runs: number[] = [];
  let waiting: (() => void) | undefined;
  const rounds = new Rounds<number>(coalescing, (member) => {
    work(workMs);
    runs.push(member);
    waiting?.();
  });
  /** Resolves when there were so many runs. */
  async function untilRuns(count: number): Promise<void> {
    while (runs.length < count)
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
  }
  return { rounds, runs, untilRuns };
}

test('a long round lets all else have its turn, and still runs everybody once and in order', async () => {
  const members = Array.from({ length: 60 }, (_, i) => i);
  const { rounds, runs, untilRuns } = createRounds(0, 1);
  for (const member of members) rounds.join(member);
  const seen = new Set<number>();
  while (runs.length < members.length) {
    await turn();
    seen.add(runs.length);
  }
  await untilRuns(members.length);
  expect(runs).toEqual(members);
  // 60 ms of work, in slices of 8.
  expect(seen.size).toBeGreaterThanOrEqual(5);
});

test('who leaves in the middle of a round, or joins, is not run twice', async () => {
  const { rounds, runs, untilRuns } = createRounds(0, 5);
  for (const member of [1, 2, 3, 4]) rounds.join(member);
  await untilRuns(2);
  rounds.join(5);
  rounds.news();
  await untilRuns(4 + 5);
  expect(runs).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 5]);
});

describe('with coalescing', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('news of several turns leads to one round; who asks for it is run at once', async () => {
    const { rounds, runs, untilRuns } = createRounds(30);
    rounds.join(1);
    rounds.join(2);
    await untilRuns(2);
    for (let i = 0; i < 5; i++) {
      rounds.news();
      await turn();
    }
    expect(runs).toEqual([1, 2]);
    rounds.wake(2);
    await untilRuns(3);
    vi.advanceTimersByTime(29);
    await turn();
    expect(runs).toEqual([1, 2, 2]);
    vi.advanceTimersByTime(1);
    await turn();
    await turn();
    expect(runs).toEqual([1, 2, 2, 1, 2]);
  });

  test('auto waits only while rounds take long', async () => {
    const { rounds, runs, untilRuns } = createRounds('auto');
    rounds.join(1);
    await untilRuns(1);
    rounds.news();
    await turn();
    expect(runs).toEqual([1, 1]);

    const slow = createRounds('auto', 7);
    slow.rounds.join(1);
    slow.rounds.news();
    await slow.untilRuns(1);
    await turn();
    slow.rounds.news();
    await turn();
    slow.rounds.news();
    await turn();
    expect(slow.runs).toEqual([1]);
    vi.advanceTimersByTime(5);
    await slow.untilRuns(2);
  });
});
