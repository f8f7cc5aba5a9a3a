import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../../../web/results/schema.ts';
import { disturbanceOf, hostUse, readHost } from '../driver/host.ts';
import { TrialFailure } from '../scenario.ts';
import { pollRequest } from './dialects.ts';
import { cellId } from './grid.ts';
import { measureNews } from './measure-news.ts';
import type { Windows } from './measure-stream.ts';
import type { Bench } from './trial.ts';
import { POLLS_WARM_UP, type WarmUpBounds, warmUp } from './warm-up.ts';
import { hasWrk, startWrk } from './wrk.ts';

const LOAD_LIMIT = 0.8;

/** Polls that bring nothing, as fast as answers come: by wrk where it is there, else by sockets of our own. */
export async function measurePolls(bench: Bench, windows: Windows): Promise<readonly Measurement[]> {
  const { points } = bench.course;
  const empty = points.filter(({ burst }) => burst === 0);
  const measurements: Measurement[] = [];
  const poll = hasWrk() ? pollWithWrk : pollWithSink;
  for (const [i, { subscribers: count }] of empty.entries()) {
    bench.step(`${bench.subject.title}: ${count} connections`);
    const { durationMs, served, serverCpuUs, load, host } = await poll(bench, count, {
      forMs: windows.pollMs,
      // Compiled by the first: the others have connections to open, no more.
      warmUp: i === 0 ? POLLS_WARM_UP : { atMostMs: windows.windowMs },
    });
    const busy = serverCpuUs / 1000 / durationMs;
    measurements.push({
      lane: bench.subject.entry.lane.id,
      cells: [cellId(bench.subject.transport, count, 0)],
      values: {
        cpu: serverCpuUs / served,
        load,
        ...(load <= LOAD_LIMIT && { rate: (served * 1000) / durationMs }),
      },
      health: {
        driverUtilisation: load,
        serverUtilisation: busy,
        ...disturbanceOf(host),
      },
    });
  }
  return [...measurements, ...(await measureNews(bench, windows))];
}

interface PollOrder {
  readonly forMs: number;
  readonly warmUp: WarmUpBounds;
}

interface PollRecord {
  readonly durationMs: number;
  readonly served: number;
  readonly serverCpuUs: number;
  /** Share of one core that the load took. */
  readonly load: number;
  readonly host: ReturnType<typeof hostUse>;
}

async function pollWithWrk(
  bench: Bench,
  count: number,
  { forMs, warmUp: bounds }: PollOrder,
): Promise<PollRecord> {
  await using wrk = await startWrk(`http://127.0.0.1:${bench.port}${await pollPath(bench)}`, count);
  let known = await bench.peer.call('use', undefined);
  await warmUp(async (windowMs) => {
    await sleep(windowMs);
    const { served, cpuUs } = known;
    known = await bench.peer.call('use', undefined);
    return (known.cpuUs - cpuUs) / (known.served - served);
  }, bounds);
  const before = { atMs: performance.now(), loadUs: wrk.cpuUs(), host: readHost() };
  const server = await bench.peer.call('use', undefined);
  await sleep(forMs);
  const after = await bench.peer.call('use', undefined);
  const durationMs = performance.now() - before.atMs;
  const load = (wrk.cpuUs() - before.loadUs) / 1000 / durationMs;
  const host = hostUse(before.host, readHost());
  const violations = await wrk.end();
  if (violations.length > 0) throw new TrialFailure(violations.join('; '));
  return {
    durationMs,
    served: after.served - server.served,
    serverCpuUs: after.cpuUs - server.cpuUs,
    load,
    host,
  };
}

async function pollWithSink(
  bench: Bench,
  count: number,
  { forMs, warmUp: bounds }: PollOrder,
): Promise<PollRecord> {
  const { sink, peer } = bench;
  await sink.call('connect', count);
  const run = async (windowMs: number): Promise<PollRecord> => {
    const before = await peer.call('use', undefined);
    const { durationMs, utilisation, failures, host } = await sink.call('poll', windowMs);
    const after = await peer.call('use', undefined);
    if (failures.length > 0) throw new TrialFailure(failures.join('; '));
    return {
      durationMs,
      served: after.served - before.served,
      serverCpuUs: after.cpuUs - before.cpuUs,
      load: utilisation,
      host,
    };
  };
  await warmUp(async (windowMs) => {
    const { serverCpuUs, served } = await run(windowMs);
    return serverCpuUs / served;
  }, bounds);
  return run(forMs);
}

/** The path of a poll that has all there is: wrk asks for the same again and again. */
async function pollPath({ port, subject }: Bench): Promise<string> {
  const { dialect } = subject;
  if (dialect.kind !== 'poll') throw new Error(`${subject.title} does not poll.`);
  const first = await new Promise<string>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: dialect.path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
  return pollRequest(dialect, first).toString().split(' ')[1] ?? dialect.path;
}
