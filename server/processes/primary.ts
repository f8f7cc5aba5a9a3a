import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BirpcReturn, createBirpc } from 'birpc';
import { feedSettings, type LabServer, openBus, readCredentials, readProcess } from '../app.ts';
import { now } from '../clock.ts';
import type { Config } from '../config.ts';
import { Feed } from '../feed/feed.ts';
import { createRelay } from '../feed/relay-bus.ts';
import { createWorkload } from '../feed/workload.ts';
import { Incident, type OnError } from '../problem.ts';
import type { PrimaryCalls, Started, WorkerCalls } from './calls.ts';
import { mergeStats } from './merge-stats.ts';

/** A worker that ends sooner than this after it was started has something wrong with it: the next has to wait, ms. */
const HEALTHY_MS = 5000;
const RESTART_AFTER_MS = 1000;
/** Beyond the time that a worker has for its goodbyes: ms. */
const END_WITHIN_MS = 2000;

/** A worker that does not say within this time what it counts is left out: ms. */
const COUNTED_MS = 2000;

interface Member {
  readonly worker: Worker;
  /** Resolves with what became of it in the end. */
  readonly gone: Promise<string>;
  /** It can be called: what was sent before is lost. */
  ready: boolean;
  readonly calls: BirpcReturn<WorkerCalls, PrimaryCalls>;
}

/**
 * Starts `config.workers` processes that serve one port, and another for each that ends. This one has the feed, which the
 * workers follow, and publishes; it answers no requests. Rejects with words for a person where they cannot be started.
 */
export async function startWorkers(
  config: Config,
  onError: OnError,
): Promise<Omit<LabServer, 'feed' | 'stats'>> {
  const credentials = await readCredentials(config);
  const bus = await openBus(config, onError);
  const settings = feedSettings(config);
  const feed = new Feed(bus, { ...settings, topics: config.workers * settings.topics }, onError);
  const workload = createWorkload(feed, config.workload, onError);
  const members = new Set<Member>();
  let leaving: Promise<void> | undefined;
  cluster.setupPrimary({ serialization: 'advanced' });

  const gather = async (client?: string) => {
    const ofWorkers = await Promise.all(
      [...members].flatMap(({ ready, calls }) =>
        // One that ends has none any more.
        ready
          ? Promise.race([calls.stats(client).catch(ignore), sleep(COUNTED_MS, undefined, { ref: false })])
          : [],
      ),
    );
    return mergeStats(
      { at: now(), workload: workload.stats, process: readProcess() },
      ofWorkers.flatMap((stats) => stats ?? []),
    );
  };

  function begin(): { readonly member: Member; readonly started: Promise<Started> } {
    const worker = cluster.fork();
    const relay = createRelay(feed, (topic, records) => calls.take(topic, records));
    let ready = (): void => undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const functions: PrimaryCalls = {
      ...relay,
      async ready() {
        member.ready = true;
        ready();
      },
      gather,
      readWorkload: async () => workload.settings,
      setWorkload: async (next) => workload.set(next),
    };
    const calls = createBirpc<WorkerCalls, PrimaryCalls>(functions, {
      post: (message) => void worker.send(message, ignore),
      on: (receive) => void worker.on('message', receive),
      timeout: -1,
    });
    const gone = new Promise<string>((resolve) => {
      worker.once('exit', (code, signal) => resolve(`has ended (${signal ?? code})`));
      worker.on('error', (error) => {
        // Without a process there is no exit.
        if (worker.process.pid === undefined) resolve(`could not be started (${error.message})`);
        else worker.process.kill('SIGKILL');
      });
    });
    const member: Member = { worker, gone, calls, ready: false };
    members.add(member);
    const startedAt = performance.now();
    gone.then((how) => {
      members.delete(member);
      relay.close();
      calls.$close();
      if (leaving) return;
      onError(new Incident(`${nameOf(worker)} ${how}. Another is started.`), { stage: 'workers' });
      replace(performance.now() - startedAt).catch((error: unknown) => onError(error, { stage: 'workers' }));
    });
    const started = Promise.race([
      isReady.then(() => calls.start(credentials)),
      gone.then((how) => ({ failure: `${nameOf(worker)} ${how}, and never served.` })),
    ]);
    return { member, started };
  }

  async function replace(livedMs: number): Promise<void> {
    if (livedMs < HEALTHY_MS) await sleep(RESTART_AFTER_MS);
    if (leaving) return;
    const begun = tryToBegin();
    if (!begun) return replace(0);
    const { member, started: starting } = begun;
    const started = await starting.catch(() => undefined); // its end is told by itself
    if (!started || !('failure' in started) || !members.has(member)) return;
    onError(new Incident(started.failure), { stage: 'workers' });
    member.worker.process.kill('SIGKILL'); // the next one may fare better
  }

  /** Undefined where the system has no room for a further process, of which it tells. */
  function tryToBegin(): ReturnType<typeof begin> | undefined {
    try {
      return begin();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onError(new Incident(`No worker can be started, which is tried again: ${reason}`), {
        stage: 'workers',
      });
      return undefined;
    }
  }

  async function leave(): Promise<void> {
    workload.stop();
    await Promise.all([...members].map(end));
    await bus.close();
  }

  async function end({ worker, gone, calls, ready }: Member): Promise<void> {
    const patience = new AbortController();
    if (ready) calls.leave().catch(ignore);
    else worker.process.kill('SIGKILL'); // it serves nobody yet
    const tooLate = sleep(config.drainMs + END_WITHIN_MS, undefined, { signal: patience.signal }).catch(
      ignore,
    );
    await Promise.race([gone, tooLate]);
    patience.abort();
    worker.process.kill('SIGKILL');
    await gone;
  }

  const all = await Promise.all(Array.from({ length: config.workers }, () => begin().started));
  const failed = all.find((one) => 'failure' in one);
  const [first] = all;
  if (failed || !first || 'failure' in first) {
    leaving = leave();
    await leaving;
    throw new Incident(failed && 'failure' in failed ? failed.failure : 'No worker was started.');
  }
  return {
    ...first,
    close() {
      leaving ??= leave();
      return leaving;
    },
  };
}

function nameOf({ process: { pid } }: Worker): string {
  return pid === undefined ? 'A worker' : `Worker ${pid}`;
}

function ignore(): void {
  // a worker that is gone is noticed by its exit
}
