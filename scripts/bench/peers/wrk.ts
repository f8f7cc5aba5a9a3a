import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { CORES, pin } from '../machine.ts';
import { findWrk } from './programs.ts';

/** Processor time is told in hundredths of a second (USER_HZ, proc_pid_stat). */
const TICK_US = 10_000;

/** It is ended by us; this is only an upper bound: s. */
const AT_MOST_S = 60;

/** wrk at work: polls one address over so many connections as fast as answers come. */
export interface Wrk extends AsyncDisposable {
  /** Processor time it has used: µs. */
  cpuUs(): number;
  /** Ends it. Resolves to what was wrong: sockets that failed, answers of status 4xx and 5xx. */
  end(): Promise<readonly string[]>;
}

export const hasWrk = (): boolean => process.platform === 'linux' && findWrk() !== undefined;

export async function startWrk(url: string, connections: number): Promise<Wrk> {
  const child = spawn(
    findWrk() ?? 'wrk',
    ['-t', '1', '-c', String(connections), '-d', `${AT_MOST_S}s`, '--timeout', '10s', url],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  const { pid = -1 } = child;
  await pin(pid, CORES.load);
  return {
    cpuUs() {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [user = 0, system = 0] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number);
      return (user + system) * TICK_US;
    },
    async end() {
      child.kill('SIGINT'); // as Ctrl-C: it prints what it has seen
      await ended;
      return violationsIn(output);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** wrk counts 304 among "Non-2xx or 3xx" no more than 204. */
export function violationsIn(output: string): readonly string[] {
  const lines = output.split('\n').map((line) => line.trim());
  const wrong = lines.filter((line) => {
    if (line.startsWith('Non-2xx or 3xx responses:')) return true;
    return line.startsWith('Socket errors:') && /(connect|read|write) [1-9]/.test(line);
  });
  return lines.some((line) => line.startsWith('Requests/sec:')) ? wrong : ['wrk has told nothing', ...wrong];
}
