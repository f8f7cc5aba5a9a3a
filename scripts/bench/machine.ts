import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';
import type { MachineInfo } from '../../web/results/schema.ts';

const run = promisify(execFile);

/** Server and load on a core of their own each, where the system has `taskset` and cores enough. */
export const CORES = { server: '0', load: '1' } as const;

/** Puts a process and its threads on a core. Returns false where the system cannot. */
export async function pin(pid: number, core: string): Promise<boolean> {
  if (process.platform !== 'linux' || os.availableParallelism() < 2) return false;
  return run('taskset', ['-a', '-c', '-p', core, String(pid)]).then(
    () => true,
    () => false,
  );
}

/** How many files and sockets a process may have open at once; undefined where the system does not say. */
export function openFilesLimit(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, limit] = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return limit === undefined ? undefined : Number(limit);
}

export async function describeMachine(): Promise<MachineInfo> {
  const pinned = await canPin();
  const limits: string[] = [];
  if (!pinned) limits.push('Server and load share the cores: this system has no taskset, or one core only.');
  if (!existsSync('/proc/net/snmp')) limits.push('Segments on the wire are not counted: no /proc/net/snmp.');
  if (!existsSync('/proc/pressure/cpu'))
    limits.push('Disturbance is judged without pressure stall information.');
  if (process.platform !== 'linux') limits.push('Time taken by a hypervisor (steal) is not known.');
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: `${os.type()} ${os.arch()}`,
    kernel: os.release(),
    node: process.version,
    v8: process.versions.v8,
    pinned: pinned ? CORES : null,
    limits,
  };
}

async function canPin(): Promise<boolean> {
  if (process.platform !== 'linux' || os.availableParallelism() < 2) return false;
  return run('taskset', ['--version']).then(
    () => true,
    () => false,
  );
}

/** The commit this is, and whether files differ from it; null where there is no git or no checkout. */
export async function describeCommit(): Promise<{ commit: string | null; modified: boolean | null }> {
  try {
    const { stdout: commit } = await run('git', ['rev-parse', 'HEAD']);
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--untracked-files=no']);
    return { commit: commit.trim(), modified: changes.trim() !== '' };
  } catch {
    return { commit: null, modified: null };
  }
}
