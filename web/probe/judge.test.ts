import { describe, expect, test } from 'vitest';
import { arrivals, DUE_MS, evidence, loss, polls, STREAM } from './fixtures.ts';
import { judge } from './judge.ts';
import type { Evidence } from './schema.ts';
import { probeSettings } from './settings.ts';

const trial = {
  settings: probeSettings(1, [], []),
  dueAtMs: DUE_MS,
  endedAtMs: 150_000,
  sightings: null,
};

const judgeStream = (changes: Partial<Evidence>) =>
  judge({ transport: 'sse', manners: 'polite', evidence: evidence(changes) }, trial);
const judgePoll = (changes: Partial<Evidence>) =>
  judge({ transport: 'long-poll', manners: 'polite', evidence: evidence(changes) }, trial);

test('all messages over a line that was never cut: whole', () => {
  expect(judgeStream({})).toMatchObject({
    outcome: 'whole',
    failure: null,
    expected: 25,
    delivered: 25,
    cuts: 0,
    deadNoticedMs: null,
    firstMessageMs: 5,
  });
});

test('all messages, but the line was lost on the way: recovered', () => {
  expect(judgeStream({ losses: [loss({})] })).toMatchObject({ outcome: 'recovered', cuts: 1 });
});

test('all messages, but those after the silence long after they were due, and no cut that excuses it: nothing', () => {
  const stale = arrivals((seq) => (seq > 20 ? 45_000 : 5));
  expect(judgePoll({ arrivals: stale })).toMatchObject({
    outcome: 'nothing',
    delivered: 25,
    failure: {
      step: 'later',
      reason: '20 of 20 live messages came in time, the rest came late, up to 45 s after it was due',
    },
  });
  expect(judgeStream({ arrivals: stale, losses: [loss({})] }).outcome).toBe('recovered');
});

test('of a library’s session a loss and the poll that was lost with it are one cut, as are polls that are none', () => {
  const judgeSession = (changes: Partial<Evidence>) =>
    judge({ transport: 'socketio-polling', manners: 'polite', evidence: evidence(changes) }, trial);
  const [answered, lost, next] = polls(3);
  const exchanges = [answered!, { ...lost!, headMs: null, outcome: 'ended' as const }, next!];
  const openedAtMs = [130, next!.atMs + 10];
  expect(judgeSession({ exchanges, openedAtMs, losses: [loss({})] }).cuts).toBe(1);
  const failed = [answered!, { ...lost!, headMs: null, outcome: 'failed' as const }, next!];
  expect(judgeSession({ exchanges: failed, openedAtMs, losses: [loss({})] }).cuts).toBe(2);
  expect(judgeSession({ exchanges: [answered!, next!] })).toMatchObject({ outcome: 'whole', cuts: 0 });
});

test('messages until the silence, none after it, and no loss: dead', () => {
  expect(judgeStream({ arrivals: arrivals(() => 5).slice(0, 20) })).toMatchObject({
    outcome: 'dead',
    delivered: 20,
    failure: null,
  });
});

test('none after the silence, though the loss was told: not delivered, and no silent death', () => {
  const { outcome, failure } = judgeStream({
    arrivals: arrivals(() => 5).slice(0, 20),
    losses: [loss({})],
  });
  expect(outcome).toBe('nothing');
  expect(failure).toMatchObject({ step: 'later', reason: expect.stringMatching(/^20 of 20 live/) });
});

describe('in time', () => {
  test('is what comes within 2.5 s: half of the live messages is enough, one fewer is not', () => {
    const late = (inTime: number) => arrivals((seq) => (seq <= inTime || seq > 20 ? 2500 : 2501));
    expect(judgeStream({ arrivals: late(10) }).outcome).toBe('whole');
    expect(judgeStream({ arrivals: late(9) })).toMatchObject({
      outcome: 'nothing',
      failure: { step: 'later' },
    });
  });

  test('a message that comes twice counts once, as it first came', () => {
    const twice = [...arrivals(() => 5), ...arrivals(() => 9000)];
    expect(judgeStream({ arrivals: twice })).toMatchObject({ outcome: 'whole', delivered: 25 });
  });
});

describe('a cut', () => {
  const failed = { status: null, headMs: null, outcome: 'failed' } as const;

  test('is a poll that failed', () => {
    const exchanges = [
      ...polls(20),
      { ...failed, atMs: 20_200, endMs: 30_200 },
      ...polls(1, { atMs: 30_300 }),
    ];
    expect(judgePoll({ exchanges })).toMatchObject({ outcome: 'recovered', cuts: 1 });
  });

  test('is none where a kept connection was just being closed: browsers ask again by themselves', () => {
    const exchanges = [
      ...polls(20),
      { ...failed, atMs: 20_200, endMs: 20_202 },
      ...polls(1, { atMs: 20_300 }),
    ];
    expect(judgePoll({ exchanges })).toMatchObject({ outcome: 'whole', cuts: 0 });
  });

  test('is a first attempt that failed, if it worked later', () => {
    const attempt = { ...STREAM, ...failed, atMs: 100, endMs: 105 };
    expect(judgeStream({ exchanges: [attempt, STREAM] }).cuts).toBe(1);
    expect(judgeStream({ arrivals: [], openedAtMs: [], exchanges: [attempt, attempt] }).cuts).toBe(0);
  });
});

describe('a dead line that was noticed', () => {
  test('was taken for a living one from the first message it swallowed', () => {
    const noticedAtMs = (DUE_MS[20] ?? 0) + 10_000;
    const replayed = arrivals((seq) => (seq > 20 ? noticedAtMs + 500 - (DUE_MS[seq - 1] ?? 0) : 5));
    const losses = [loss({ atMs: noticedAtMs, ageMs: noticedAtMs - 110, by: 'watch' })];
    expect(judgeStream({ arrivals: replayed, losses })).toMatchObject({
      outcome: 'recovered',
      deadNoticedMs: 10_000,
    });
  });

  test('is none where nothing was due in its silence', () => {
    expect(judgeStream({ losses: [loss({})] }).deadNoticedMs).toBeNull();
  });
});

describe('where nothing was delivered, step and reason say how far it got', () => {
  const nothing = { arrivals: [], openedAtMs: [] };
  const pending = { ...STREAM, headMs: null, status: null };

  test.each([
    [
      'no answer at all',
      { ...nothing, exchanges: [pending] },
      'connect',
      /^within 150 s no answer came back$/,
    ],
    [
      'a refusal',
      { ...nothing, exchanges: [{ ...pending, headMs: 120, status: 502, outcome: 'failed' as const }] },
      'connect',
      /^the request was answered 502$/,
    ],
    ['a head and no more', { ...nothing, exchanges: [STREAM] }, 'first-byte', /nothing followed its head/],
    ['an opening and no more', { arrivals: [] }, 'first-message', /no message came over it/],
    [
      'an answer held back',
      { arrivals: arrivals(() => 57_000), openedAtMs: [58_000], exchanges: [STREAM] },
      'first-byte',
      /^the answer was held back by 57 s$/,
    ],
    [
      'the end of the subscription',
      { ...nothing, exchanges: [], gaveUp: 'It is forbidden.' },
      'connect',
      /^It is forbidden\.$/,
    ],
  ] as const)('%s', (_, changes, step, reason) => {
    expect(judgeStream(changes).failure).toMatchObject({ step, reason: expect.stringMatching(reason) });
  });

  test('what the server saw is part of it', () => {
    const row = {
      transport: 'websocket',
      manners: 'polite',
      evidence: evidence({ ...nothing, exchanges: [pending] }),
    } as const;
    const seen = {
      transport: 'websocket',
      manners: 'polite',
      at: 0,
      httpVersion: '1.1',
      upgrade: false,
      state: 'answered',
      endedAt: 1,
    } as const;
    const reason = (sightings: (typeof seen)[]) => judge(row, { ...trial, sightings }).failure?.reason;
    expect(reason([])).toBe('the server never saw the upgrade');
    expect(reason([seen])).toBe('no Upgrade header reached the server');
  });
});
