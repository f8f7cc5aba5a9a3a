import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Connections being opened at the same time. */
const OPENING = 64;

/** A server that has not let all in by then never will: ms. */
const OPENED_WITHIN_MS = 20_000;

/** Nothing is on its way any more when nothing has come for as long: ms. */
const QUIET_MS = 25;

/** Node reads every socket of the load into it, one after the other. */
export const READ_BUFFER = Buffer.alloc(256 * 1024);

/** Opens connections, or ends the newest, until there are `count`. Rejects where that takes too long. */
export async function resizeTo<M extends { readonly socket: Socket }>(
  members: M[],
  count: number,
  open: () => Promise<M>,
  withinMs = OPENED_WITHIN_MS,
): Promise<void> {
  for (const { socket } of members.splice(count)) {
    socket.removeAllListeners('close');
    socket.destroy();
  }
  let begun = members.length;
  const openNext = async (): Promise<void> => {
    for (; begun < count; members.push(await open())) begun += 1;
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${members.length} of ${count} connections were open after ${withinMs} ms.`));
    }, withinMs);
  });
  try {
    await Promise.race([Promise.all(Array.from({ length: OPENING }, openNext)), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when a count of what has come stands still, or as soon as there is nothing that could come. */
export async function untilQuiet(read: () => number, over: () => boolean = () => false): Promise<void> {
  for (let before = -1; before !== read() && !over(); ) {
    before = read();
    await sleep(QUIET_MS);
  }
}

/** What has not come after a silence of this length is lost: ms. */
export const LOST_AFTER_MS = 5000;

/** Resolves when all has arrived, or when a count of what has come has stood still for so long that the rest is lost. */
export async function untilArrived(
  arrived: () => boolean,
  read: () => number,
  lostAfterMs: number,
): Promise<void> {
  let count = read();
  let changedMs = performance.now();
  while (!arrived() && performance.now() - changedMs < lostAfterMs) {
    await sleep(1);
    if (read() === count) continue;
    count = read();
    changedMs = performance.now();
  }
}
