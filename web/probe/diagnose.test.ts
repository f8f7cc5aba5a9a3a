import { describe, expect, test } from 'vitest';
import { diagnose } from './diagnose.ts';
import { arrivals, DUE_MS, loss, polls, probe, type RowChange, STREAM } from './fixtures.ts';
import type { ProbeResult } from './schema.ts';

const ids = (result: ProbeResult) => diagnose(result).map(({ id }) => id);

const REFUSED = { ...STREAM, headMs: null, endMs: 140, status: null, outcome: 'failed' } as const;
/** A WebSocket that never came to be. */
const refused = (status: number | null, sightings: RowChange['sightings'] = []): RowChange => ({
  evidence: { arrivals: [], openedAtMs: [], exchanges: Array(20).fill({ ...REFUSED, status }) },
  sightings,
});
const HELD: RowChange = { evidence: { arrivals: [], openedAtMs: [], exchanges: [STREAM] } };

test('all whole: clear, and it names what to choose', () => {
  const [only, ...others] = diagnose(probe());
  expect(others).toEqual([]);
  expect(only).toMatchObject({ id: 'clear', evidence: expect.stringContaining('Take SSE'), remedies: [] });
});

test('no answer: unreachable, with the reason', () => {
  const none: RowChange = { evidence: { arrivals: [], openedAtMs: [], exchanges: [] }, sightings: [] };
  const result = probe(
    { 'short-poll': none, 'long-poll': none, sse: none, websocket: none },
    { reach: { echo: null, error: 'connect ECONNREFUSED', headers: {}, clockErrorMs: null } },
  );
  expect(diagnose(result)).toMatchObject([{ id: 'unreachable', evidence: 'connect ECONNREFUSED.' }]);
});

test('cut without a pattern: said to be unexplained, never clear', () => {
  const result = probe({ 'sse naive': { evidence: { losses: [loss({ silentMs: 100, ageMs: 3000 })] } } });
  expect(ids(result)).toEqual(['unexplained']);
});

describe('a WebSocket that does not come to be', () => {
  const plain = Array(20).fill({ upgrade: false });

  test('arrived as a plain request: the hop removes Upgrade, and the status that came back is named', () => {
    const [only, ...others] = diagnose(probe({ websocket: refused(426, plain) }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'upgrade-removed', title: expect.stringContaining('comes back 426') });
  });

  test('arrived as HTTP/1.0: that is why, and no second reason', () => {
    const http10 = Array(20).fill({ upgrade: false, httpVersion: '1.0' });
    expect(ids(probe({ websocket: refused(426, http10) }))).toEqual(['http-1.0']);
  });

  test('never arrived, from a page over http: a forward proxy refuses the tunnel', () => {
    expect(ids(probe({ websocket: refused(null) }))).toEqual(['connect-refused']);
  });

  test('never arrived, without a forward proxy: refused by something else, with its status', () => {
    const reach = { ...probe().reach, proxied: false };
    const [only] = diagnose(probe({ websocket: refused(403) }, { reach }));
    expect(only).toMatchObject({ id: 'websocket-refused', title: expect.stringContaining('403') });
  });

  test('never arrived, over https, and no status: HTTP/2 only', () => {
    const reach = { ...probe().reach, protocol: 'h2' };
    const [only, ...others] = diagnose(
      probe({ websocket: refused(null) }, { url: 'https://lab.test', reach }),
    );
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'http-2-only', evidence: expect.stringContaining('h2') });
  });

  test('never arrived, over https, with a status: refused', () => {
    expect(ids(probe({ websocket: refused(403) }, { url: 'https://lab.test' }))).toEqual([
      'websocket-refused',
    ]);
  });

  test('never arrived, over https by HTTP/1.1: not for want of an Upgrade', () => {
    const reach = { ...probe().reach, protocol: 'http/1.1' };
    expect(ids(probe({ websocket: refused(null) }, { url: 'https://lab.test', reach }))).toEqual([
      'websocket-refused',
    ]);
  });

  test('arrived with Upgrade, and was granted: its answer does not come back', () => {
    const [only, ...others] = diagnose(probe({ websocket: refused(null, [{}]) }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'websocket-refused', evidence: expect.stringContaining('granted') });
  });

  test('arrived with Upgrade, and was refused there: said so, with how pages are let in', () => {
    const answered = Array(3).fill({ state: 'answered' });
    const [only, ...others] = diagnose(probe({ websocket: refused(null, answered) }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      id: 'websocket-refused',
      title: expect.stringContaining('server itself'),
      evidence: expect.not.stringContaining('granted'),
    });
    expect(only?.remedies[0]?.code).toContain('--allow-origin');
  });
});

describe('a stream that is held back', () => {
  test('by something that buffers', () => {
    expect(ids(probe({ sse: HELD }))).toEqual(['buffered']);
  });

  test('only from a naive server: said so', () => {
    const [only] = diagnose(probe({ 'sse naive': HELD }));
    expect(only).toMatchObject({ id: 'buffered', evidence: expect.stringMatching(/naive.*polite.*whole/) });
  });

  test('by something that compresses, which its answers tell', () => {
    const reach = { ...probe().reach, headers: { 'content-encoding': 'gzip' } };
    expect(ids(probe({ 'sse naive': HELD }, { reach }))).toEqual(['compressed']);
    expect(ids(probe({}, { reach }))).toEqual(['clear']);
  });

  test('and lost with its line is no silent death', () => {
    const lumps = arrivals((seq) => Math.max(20, 8000 - seq * 250)).slice(0, 16);
    const held = { arrivals: lumps, openedAtMs: [7200], losses: [loss({ atMs: 90_000, silentMs: 60_000 })] };
    expect(ids(probe({ 'sse naive': { evidence: held } }))).not.toContain('silent-death');
  });

  test('only at its beginning: the greeting comes with the first messages', () => {
    const burstMs = DUE_MS[4] ?? 0;
    const first = arrivals((seq) => (seq <= 5 ? burstMs - (DUE_MS[seq - 1] ?? 0) : 5));
    const evidence = { arrivals: first, openedAtMs: [burstMs] };
    expect(ids(probe({ sse: { evidence } }))).toEqual(['first-bytes-held']);
    // A client that connected late was replayed what it had missed.
    const late = { ...evidence, exchanges: [{ ...STREAM, atMs: burstMs - 20, headMs: burstMs }] };
    expect(ids(probe({ sse: { evidence: late } }))).toEqual(['clear']);
  });
});

describe('late', () => {
  const by = (ms: number): RowChange => ({ evidence: { arrivals: arrivals(() => ms) } });

  test('a stream by 200 ms, while polls are answered at once', () => {
    const [only, ...others] = diagnose(probe({ sse: by(205) }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'late', title: expect.stringContaining('by 200 ms') });
  });

  test('not where the server is far away, which polls show', () => {
    expect(ids(probe({ sse: by(205), websocket: by(205), 'long-poll': by(230) }))).toEqual(['clear']);
  });

  test('without polls, the round trip says how far the server is', () => {
    const { rows, ...rest } = probe({ sse: by(205) });
    const streams = rows.filter(({ transport }) => transport === 'sse');
    const far = (clockErrorMs: number) =>
      ids({ ...rest, rows: streams, reach: { ...rest.reach, clockErrorMs } });
    expect(far(5)).toEqual(['late']);
    expect(far(190)).toEqual(['clear']);
  });
});

describe('cached', () => {
  const answered = (requests: number): RowChange => ({
    evidence: { exchanges: polls(80) },
    traffic: { requests, bytesIn: 1, bytesOut: 1 },
  });

  test('polls were answered that the server never saw', () => {
    const [only, ...others] = diagnose(probe({ 'short-poll naive': answered(4) }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'cached', evidence: expect.stringMatching(/80 .*saw 4 of them/) });
  });

  test('not where one of them is only not counted yet', () => {
    expect(ids(probe({ 'short-poll naive': answered(79) }))).toEqual(['clear']);
  });
});

describe('cut', () => {
  const lost = (...losses: Parameters<typeof loss>[0][]): RowChange => ({
    evidence: { losses: losses.map(loss) },
  });

  test('after the same silence: idle', () => {
    const result = probe({
      'sse naive': lost({ silentMs: 61_000 }),
      'websocket naive': lost({ silentMs: 61_020 }),
    });
    const [only, ...others] = diagnose(result);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      id: 'idle-cut',
      title: 'Connections die after 61 s of silence: set the heartbeat below that',
    });
    expect(only?.remedies[0]?.what).toContain('every 30 s');
  });

  test('a poll that was held too long, and answered 504', () => {
    const exchanges = [
      ...polls(20),
      { atMs: 21_000, headMs: 81_000, endMs: 81_000, status: 504, outcome: 'failed' as const },
      ...polls(1, { atMs: 81_500 }),
    ];
    const [only] = diagnose(probe({ 'long-poll naive': { evidence: { exchanges } } }));
    expect(only).toMatchObject({ id: 'idle-cut', evidence: expect.stringContaining('504') });
  });

  test('at the same age, though heartbeats had passed: age, and silence is no second reason', () => {
    const polite = lost({ atMs: 45_200, ageMs: 45_090, silentMs: 8000, survivedMs: 15_000 });
    const naive = lost({ atMs: 45_210, ageMs: 45_100, silentMs: 38_000 });
    const result = probe({
      'sse polite': polite,
      'sse naive': naive,
      'websocket polite': polite,
      'websocket naive': naive,
    });
    const [only, ...others] = diagnose(result);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'age-cut', title: expect.stringContaining('45 s') });
  });

  test('at the same age and after the same silence, with nothing before: idle', () => {
    const naive = lost({ ageMs: 66_290, silentMs: 60_000 });
    expect(ids(probe({ 'sse naive': naive, 'websocket naive': naive }))).toEqual(['idle-cut']);
  });

  test('silently: dead rows, though the server takes the line for open', () => {
    const dead: RowChange = { evidence: { arrivals: arrivals(() => 5).slice(0, 20) } };
    const [only, ...others] = diagnose(probe({ 'sse naive': dead, 'websocket naive': dead }));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ id: 'silent-death', evidence: expect.stringContaining('for open') });
  });

  test('silently, before the first message: a poll that the server has and nobody answers', () => {
    const asked = (atMs: number): RowChange => ({
      evidence: { arrivals: [], exchanges: [...polls(1), { ...STREAM, atMs, headMs: null, status: null }] },
    });
    expect(ids(probe({ 'long-poll naive': asked(1200) }))).toEqual(['silent-death']);
    // One that has only just been asked is no dead one.
    expect(ids(probe({ 'long-poll naive': asked(88_500) }))).toEqual(['unexplained']);
  });

  test('silently, and noticed by the client’s watch', () => {
    expect(ids(probe({ sse: lost({ by: 'watch', silentMs: 37_500 }) }))).toEqual(['silent-death']);
  });
});

test('polls refused with 429: the rate is limited, and their failures are no second reason', () => {
  const exchanges = [
    ...polls(40),
    ...polls(20, { status: 429, outcome: 'failed', atMs: 41_000, endMs: 42_000 }),
    ...polls(1, { atMs: 62_000 }),
  ];
  const [only, ...others] = diagnose(probe({ 'short-poll': { evidence: { exchanges } } }));
  expect(others).toEqual([]);
  expect(only).toMatchObject({ id: 'rate-limited', evidence: expect.stringContaining('40 times') });
});

test('several mechanisms at once are told one by one', () => {
  const result = probe({
    'sse naive': HELD,
    websocket: refused(426, Array(20).fill({ upgrade: false, httpVersion: '1.0' })),
  });
  expect(ids(result)).toEqual(['buffered', 'http-1.0']);
});

test('the product that names itself in the headers stands first among the remedies', () => {
  const first = (headers: Record<string, string>) =>
    diagnose(probe({ sse: HELD }, { reach: { ...probe().reach, headers } }))[0]?.remedies[0];
  expect(first({ server: 'nginx/1.22.1' })).toMatchObject({ where: 'nginx', likely: true });
  expect(first({ 'x-varnish': '5', via: '1.1 varnish (Varnish/7.1)' })).toMatchObject({
    where: 'Varnish',
    likely: true,
  });
  expect(first({ 'x-note': 'nginx' })).not.toHaveProperty('likely');
  expect(first({ server: 'Apache/2.4.62 (Debian)' })).toMatchObject({ where: 'Apache httpd', likely: true });
  expect(first({ via: 'http/1.1 edge (ApacheTrafficServer/9.2.5)' })).not.toHaveProperty('likely');
});

test('what a remedy puts in front of the feeds leaves WebSockets their upgrade, and pages their Host', () => {
  const codes = ['buffered', 'upgrade-removed', 'idle-cut'].flatMap((id) => {
    const change: Parameters<typeof probe>[0] =
      id === 'buffered'
        ? { sse: HELD }
        : id === 'idle-cut'
          ? { 'sse naive': { evidence: { losses: [loss({ silentMs: 61_000 })] } } }
          : { websocket: refused(426, Array(20).fill({ upgrade: false })) };
    const found = diagnose(probe(change)).filter((one) => one.id === id);
    expect(found).toHaveLength(1);
    return found.flatMap(({ remedies }) => remedies.flatMap(({ code }) => code ?? []));
  });
  const nginx = codes.filter((code) => code.includes('proxy_pass'));
  expect(nginx).not.toEqual([]);
  for (const code of nginx) expect(code).toMatch(/Host \$http_host;[\s\S]*Upgrade \$http_upgrade;/);
  const apache = codes.filter((code) => code.includes('ProxyPass '));
  expect(apache).not.toEqual([]);
  for (const code of apache) expect(code).toMatch(/ProxyPreserveHost On[\s\S]*upgrade=websocket/);
});
