import { formatNumber } from './format.ts';
import type { MachineInfo } from './schema.ts';

/** `78b375c, with changes`. */
export function commitText(run: {
  readonly commit: string | null;
  readonly modified: boolean | null;
}): string {
  return `${run.commit ?? 'unknown'}${run.modified ? ', with changes' : ''}`;
}

/** `AMD EPYC, 2 cores, 7.8 GiB, linux 6.1`. */
export function machineText({ cpu, cores, memoryBytes, os, kernel }: MachineInfo): string {
  return `${cpu}, ${cores} cores, ${formatNumber(memoryBytes / 2 ** 30)} GiB, ${os} ${kernel}`;
}

/** `20.20.2, V8 11.3`. */
export function nodeText({ node, v8 }: MachineInfo): string {
  return `${node}, V8 ${v8}`;
}
