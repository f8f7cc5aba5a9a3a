import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessUse } from './serve.ts';

/**
 * What another process has used and holds: from Linux's /proc. All its threads together, as long as they live: Node
 * has helpers for its collector and for compression, which end with it.
 */
export function processUse(pid: number): ProcessUse {
  const cpuUs = readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + threadUs(pid, thread), 0);
  const rssKiB = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuUs, rssBytes: Number(rssKiB) * 1024 };
}

/** Processor time of a thread: µs (proc_pid_schedstat, in ns). */
function threadUs(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  } catch {
    return 0; // it has ended meanwhile
  }
}

/** The processes that a process has started. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
}

function parentOf(name: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}
