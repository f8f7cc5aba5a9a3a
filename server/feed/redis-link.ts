import { ClientOfflineError, createClient, ErrorReply, RESP_TYPES } from 'redis';
import type { LabError } from '../problem.ts';
import { busAway } from './bus.ts';
import { SCRIPTS } from './redis-scripts.ts';

/** A Redis that answers nothing for so long is taken for lost: ms. */
const SILENT_MS = 3000;
const PING_MS = 1000;
const CONNECT_MS = 3000;
const RETRY_MS = { first: 50, most: 1000 } as const;

/** What every connection to it has in common. Replies come as bytes. */
export function connectionTo(url: string) {
  return {
    url,
    RESP: 2,
    // What was not answered may have been done: whoever asked decides whether to ask again.
    disableOfflineQueue: true,
    pingInterval: PING_MS,
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENT_MS,
      reconnectStrategy: (retries: number) =>
        Math.random() * Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(retries, 10)),
    },
  } as const;
}

/** Refuses what Redis was to do. `sent`: it may have been done. */
function away(sent: boolean, cause?: unknown): LabError {
  const detail = sent
    ? 'Redis does not answer. What was being published may have been taken: publish it again under its key.'
    : 'Redis cannot be used at the moment; the server’s log says why.';
  return busAway(detail, cause);
}

/** Why a question has no answer: what Redis refuses, and what never went there, was not done. */
function failed(error: unknown): LabError {
  if (!(error instanceof ErrorReply)) return away(!(error instanceof ClientOfflineError), error);
  return busAway('Redis refuses what it is asked for; the server’s log says why.', error);
}

/** Resolves as `waiting` does, and rejects with `bus-away` where that takes longer than Redis may be silent. */
export async function withinSilence<T>(waiting: Promise<T> | T): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      waiting,
      new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(away(true)), SILENT_MS);
      }),
    ]);
  } finally {
    clearTimeout(late);
  }
}

type Client = ReturnType<typeof createCommands>;

/** The connection by which Redis is asked, and asked again whenever it was away. */
export interface RedisLink {
  /** Rejects with `bus-away` where Redis cannot be asked, refuses, or does not answer in time. */
  ask<T>(question: (client: Client, run: string) => Promise<T>): Promise<T>;
  connect(): Promise<void>;
  close(): void;
}

/** `found` is called whenever Redis can be asked: the first time, and after each time that it was away. */
export function createRedisLink(
  url: string,
  found: () => void,
  complain: (error: unknown) => void,
): RedisLink {
  const client = createCommands(url);
  /** Which of its lives Redis is in; undefined while it cannot be asked. */
  let run: string | undefined;
  let closed = false;
  let again: NodeJS.Timeout | undefined;

  async function greet(): Promise<void> {
    clearTimeout(again);
    try {
      // Loaded before anything is asked: what is asked twice, since a script is not there, would overtake itself.
      for (const { SCRIPT } of Object.values(SCRIPTS)) await client.scriptLoad(SCRIPT);
      const info = String(await client.sendCommand(['INFO', 'server']));
      run = /^run_id:(\w+)/m.exec(info)?.[1];
      found();
    } catch (error) {
      complain(error);
      if (!closed) again = setTimeout(renew, RETRY_MS.most);
    }
  }

  /** Its own limit is for silence on both sides, and whoever asks again and again is not silent. */
  function renew(): void {
    // One that is not ready is at it by itself, and will greet: beside it a second one would undo its work.
    if (closed || !client.isReady) return;
    run = undefined;
    client.destroy();
    client.connect().catch(complain);
  }

  client.on('error', complain);
  client.on('ready', () => void greet());
  // What is asked before it has greeted again would be of another of its lives.
  for (const event of ['reconnecting', 'end']) {
    client.on(event, () => {
      run = undefined;
    });
  }
  return {
    async ask(question) {
      if (run === undefined) throw away(false);
      const late = setTimeout(renew, SILENT_MS);
      try {
        return await question(client, run);
      } catch (error) {
        complain(error);
        throw failed(error);
      } finally {
        clearTimeout(late);
      }
    },
    connect: async () => void (await client.connect()),
    close() {
      closed = true;
      clearTimeout(again);
      client.destroy();
    },
  };
}

function createCommands(url: string) {
  return createClient({ ...connectionTo(url), scripts: SCRIPTS });
}
