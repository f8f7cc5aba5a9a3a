import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessUse } from './serve.ts';

/** What a process that is none of Node's has used and holds: from Linux's /proc (proc_pid_schedstat, in ns). */
export function processUse(pid: number): ProcessUse {
  const [ranNs] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  const rssKiB = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuUs: Number(ranNs) / 1000, rssBytes: Number(rssKiB) * 1024 };
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
