import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Lab } from '../../testing/lab.ts';
import type { Control } from './control.ts';

/** The environment of a server that can be told to collect its garbage: Node listens for inspectors then. */
export const COLLECTABLE = {
  NODE_OPTIONS: [process.env['NODE_OPTIONS'], '--inspect=127.0.0.1:0'].filter(Boolean).join(' '),
} as const;

/** What Node prints when it does. */
const INSPECTOR = /Debugger listening on (ws:\S+)/g;

/**
 * Has a server that was started so collect its garbage, and resolves when it has (HeapProfiler.collectGarbage of the
 * Chrome DevTools protocol): what it holds then, it cannot let go of.
 */
export async function collect(lab: Lab): Promise<void> {
  // A server that was started again has printed another one.
  const url = [...lab.output.matchAll(INSPECTOR)].at(-1)?.[1];
  if (url === undefined) throw new Error(`The server listens for no inspector; it said:\n${lab.output}`);
  const socket = new WebSocket(url);
  await once(socket, 'open');
  try {
    socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    const [answer] = await once(socket, 'message');
    const { error } = JSON.parse(String(answer));
    if (error) throw new Error(`The server would not collect its garbage: ${error.message}`);
  } finally {
    socket.terminate();
  }
}

/** What a server holds behind a collection, on its heap and in buffers: bytes. */
export async function heldBytes(lab: Lab, control: Control): Promise<number> {
  await collect(lab);
  const { process } = await control.stats('none'); // a label that no traffic has
  return process.heapUsedBytes + process.externalBytes;
}
