import { randomExponential, randomLcg } from 'd3-random';
import type { Stats } from '../../server/wire.ts';
import { sleep } from '../../web/clients/sleep.ts';
import type { Estimate } from '../../web/results/estimate.ts';
import { openControl } from '../bench/driver/control.ts';
import { startForgetfulHop } from '../testing/forgetful-hop.ts';
import { type LabExit, startLab } from '../testing/lab.ts';
import { Seats, type Tally } from './seats.ts';
import { slopeOf } from './slope.ts';
import { SOAK_FAULTS } from './soak-faults.ts';

const TOPIC = 'soak';
/** A label that no traffic has: only what the process says of itself is wanted. */
const WATCH = 'watch';
/** A stream that is forgotten on the way is given up after two and a half of these: ms. */
const HEARTBEAT_MS = 2000;
/** So few that the log is full, and memory level, early on. */
const LOG_MESSAGES = 1000;
const SAMPLE_MS = 500;
const ASK_EVERY_MS = 100;
/** Memory counts from this share of the time on: code is compiled and all is filled that fills. */
const WARM_SHARE = 0.25;
/** For everybody to have everything, once all faults are over: ms. */
const CATCH_UP_MS = 60_000;
/**
 * For the server to let go of all that was somebody's, once everybody has left: ms. The longest to stay is a polling
 * session of Socket.IO that was closed between two polls: half a minute.
 */
const LET_GO_MS = 45_000;

export interface SoakPlan {
  readonly durationMs: number;
  readonly subscribers: number;
  readonly ratePerSecond: number;
  /** Between the end of a fault and the next: mean of an exponential distribution, ms. */
  readonly faultEveryMs: number;
  /** How long a subscriber stays: mean of an exponential distribution, ms. */
  readonly stayMs: number;
  readonly seed: number;
}

/** What came of it. */
export interface SoakOutcome {
  readonly tally: Tally;
  readonly published: number;
  /** How often each fault was done. */
  readonly faults: Readonly<Record<string, number>>;
  /** Subscribers who did not have everything, with all the time that there was. */
  readonly behind: number;
  /** How long it was: ms. */
  readonly durationMs: number;
  /** How memory has grown, MB a minute, and what it was on the average: MB. Undefined where it was too short to say. */
  readonly memory: Readonly<Record<'heap' | 'resident', { slope: Estimate | undefined; meanMb: number }>>;
  /** What the server had open before anybody came, and when all had left: by kind, as prom-client counts it. */
  readonly handles: { readonly before: Handles; readonly after: Handles };
  /** How it ended when it was told to. */
  readonly exit: LabExit;
}

export type Handles = Readonly<Record<string, number>>;

/** How far it is. */
export interface SoakProgress {
  readonly doneMs: number;
  readonly tally: Tally;
  readonly stats: Stats;
}

/**
 * Has subscribers over all transports come, go and be done harm for a while, and sees what is left of the server's
 * promises, its memory and its handles. `signal` ends it early.
 */
export async function runSoak(
  plan: SoakPlan,
  onProgress: (progress: SoakProgress) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<SoakOutcome> {
  const random = randomLcg(plan.seed / 2 ** 32);
  const flags = [
    ...['--tcp-port', '0', '--heartbeat-ms', String(HEARTBEAT_MS)],
    ...['--log-messages', String(LOG_MESSAGES), '--max-publish-rate', '0'],
  ];
  // What ends this early, as Ctrl-C does, is not to end the server as well.
  await using lab = await startLab(flags, { ownGroup: true });
  const control = await openControl(lab.url);
  const before = await handlesOf(lab.url);
  await using http = await startForgetfulHop(lab.url);
  await using tcp = await startForgetfulHop(lab.tcpUrl ?? lab.url);
  const setRate = (ratePerSecond: number): Promise<void> =>
    control.setWorkload({ topic: TOPIC, ratePerSecond, seed: plan.seed });
  await setRate(plan.ratePerSecond);
  const seats = new Seats({
    addresses: { url: http.url, tcpUrl: tcp.url },
    topic: TOPIC,
    count: plan.subscribers,
    stayMs: plan.stayMs,
    random,
  });
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end);
  const timer = setTimeout(end, plan.durationMs);
  const faults: Record<string, number> = {};
  const samples: Stats[] = [];
  try {
    const startedAt = performance.now();
    const disturbing = disturb();
    disturbing.catch(end); // and is thrown below
    while (!over.signal.aborted) {
      const stats = await control.stats(WATCH);
      samples.push(stats);
      onProgress({ doneMs: performance.now() - startedAt, tally: seats.tally, stats });
      await sleep(SAMPLE_MS, over.signal);
    }
    await disturbing;
    const durationMs = performance.now() - startedAt;
    seats.stay();
    await setRate(0);
    const { seq } = await control.newest(TOPIC);
    const behind = await askUntil(
      async () => seats.behind(seq),
      (count) => count === 0,
      CATCH_UP_MS,
    );
    const { topics } = await control.stats(WATCH);
    await seats.close();
    // What was cut on the way but kept open on the server's side goes with the hops.
    for (const hop of [http, tcp]) hop.cut();
    const after = await askUntil(
      () => handlesOf(lab.url),
      (handles) => leftOver(before, handles).length === 0,
      LET_GO_MS,
    );
    const exit = await lab.stop();
    const published = topics[TOPIC]?.published ?? 0;
    return {
      tally: seats.tally,
      durationMs,
      published,
      faults,
      behind,
      memory: memoryOf(),
      handles: { before, after },
      exit,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    over.abort();
    await seats.close();
    await control.close();
  }

  async function disturb(): Promise<void> {
    const { signal: enough } = over;
    const { ratePerSecond, faultEveryMs } = plan;
    const hops = [http, tcp];
    const scene = {
      addresses: lab,
      hops,
      seats,
      topic: TOPIC,
      random,
      setRate,
      ratePerSecond,
      signal: enough,
    };
    const pauseMs = randomExponential.source(random)(1 / faultEveryMs);
    // Each in turn: a short soak has as many of them as it can.
    for (let i = 0; ; i = (i + 1) % SOAK_FAULTS.length) {
      await sleep(pauseMs(), enough);
      const { title, befall } = SOAK_FAULTS[i] ?? SOAK_FAULTS[0];
      if (enough.aborted) return;
      faults[title] = (faults[title] ?? 0) + 1;
      await befall(scene);
    }
  }

  function memoryOf(): SoakOutcome['memory'] {
    const warm = samples.slice(Math.ceil(samples.length * WARM_SHARE));
    const of = (bytesOf: (stats: Stats) => number) => {
      const series = warm.map((stats) => ({ at: stats.at / 60_000, value: bytesOf(stats) / 1e6 }));
      const meanMb = series.reduce((sum, { value }) => sum + value, 0) / series.length;
      return { slope: slopeOf(series, plan.seed), meanMb };
    };
    return {
      heap: of((stats) => stats.process.heapUsedBytes),
      resident: of((stats) => stats.process.rssBytes),
    };
  }
}

/** What a server has open: on a connection of its own, which ends with the answer. */
async function handlesOf(url: string): Promise<Handles> {
  const response = await fetch(`${url}/metrics`, { headers: { Connection: 'close' } });
  const text = await response.text();
  const found = [...text.matchAll(/^nodejs_active_(?:handles|resources)\{type="(\w+)"\} (\d+)$/gm)];
  if (found.length === 0) throw new Error(`/metrics tells of no handles: ${response.status} ${text}`);
  return Object.fromEntries(found.map(([, type = '', count]) => [type, Number(count)]));
}

/** Asks again until the answer will do, or time is up; returns the last one. */
async function askUntil<T>(
  ask: () => Promise<T>,
  willDo: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  const { signal } = new AbortController();
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (willDo(answer) || performance.now() > deadline) return answer;
    await sleep(ASK_EVERY_MS, signal);
  }
}

/** What there is more of than there was. */
export function leftOver(before: Handles, after: Handles): readonly string[] {
  return Object.entries(after).flatMap(([type, count]) => {
    const more = count - (before[type] ?? 0);
    return more > 0 ? [`${more} ${type}`] : [];
  });
}
