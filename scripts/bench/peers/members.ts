import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Connections being opened at the same time. */
const OPENING = 64;

/** Nothing is on its way any more when nothing has come for as long: ms. */
const QUIET_MS = 25;

/** Node reads every socket of the load into it, one after the other. */
export const READ_BUFFER = Buffer.alloc(256 * 1024);

/** Opens connections, or ends the newest, until there are `count`. */
export async function resizeTo<M extends { readonly socket: Socket }>(
  members: M[],
  count: number,
  open: () => Promise<M>,
): Promise<void> {
  for (const { socket } of members.splice(count)) {
    socket.removeAllListeners('close');
    socket.destroy();
  }
  while (members.length < count) {
    const next = Math.min(OPENING, count - members.length);
    members.push(...(await Promise.all(Array.from({ length: next }, open))));
  }
}

/** Resolves when a count of what has come stands still. */
export async function untilQuiet(read: () => number): Promise<void> {
  for (let before = -1; before !== read(); ) {
    before = read();
    await sleep(QUIET_MS);
  }
}
