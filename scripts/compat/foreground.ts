import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** After this one that was asked to end is killed: ms. */
const END_WITHIN_MS = 3000;

/** How much of a log is worth showing: characters. */
const LOG_TAIL = 4000;

/** All that runs: where those who started it are ended, it goes with them. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) killGroup(child);
});

/** A program that runs in the foreground, with all that it forks. */
export interface Foreground {
  readonly pid: number | undefined;
  /** The last of what it printed, and wrote to its log files. */
  readonly log: () => string;
  readonly hasEnded: () => boolean;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** Sends it a signal, where it still runs. */
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, then sees to it that nothing of it is left. */
  end(): Promise<void>;
}

interface ForegroundOptions {
  /** Where it stands. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its log files in the folder. */
  readonly logs?: readonly string[];
}

export function runInForeground(
  program: string,
  args: readonly string[],
  { folder, env, logs = [] }: ForegroundOptions,
): Foreground {
  const child = spawn(program, [...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, so that its workers can be ended with it
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-LOG_TAIL);
    });
  }
  running.add(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended by itself (${signal ?? code})`));
  });
  // Not before all that it has forked is gone as well: they hold what it prints to.
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  }).finally(() => running.delete(child));
  const hasEnded = (): boolean =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid,
    log: () => [printed, ...logs.map((name) => readTail(join(folder, name)))].join('').trim(),
    hasEnded,
    ended,
    signal(signal) {
      if (!hasEnded()) child.kill(signal);
    },
    async end() {
      if (!hasEnded()) {
        child.kill('SIGTERM');
        const patience = new AbortController();
        const tooLate = sleep(END_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => undefined);
        await Promise.race([ended, tooLate]);
        patience.abort();
      }
      killGroup(child); // what is left of it: those it forked, or itself
      await closed;
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}

function readTail(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-LOG_TAIL);
  } catch {
    return ''; // it has not written any yet
  }
}
