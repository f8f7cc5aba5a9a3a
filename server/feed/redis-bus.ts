import { EventEmitter, once } from 'node:events';
import { createClient, RESP_TYPES } from 'redis';
import { Incident, LabError, type OnError } from '../problem.ts';
import { formatCursor, type Position } from '../wire.ts';
import type { Bus, BusDraft, BusRecord } from './bus.ts';
import { Follower } from './follower.ts';
import { formatId, parseId, SCRIPTS, type StreamEntry, streamKey } from './redis-scripts.ts';
import { keyReused } from './topic.ts';

export interface RedisBusSettings {
  /** `redis://` or `rediss://`, with name, password and database where there are any. */
  readonly url: string;
  /** How much of a topic Redis holds for processes that come later. */
  readonly log: { readonly messages: number; readonly bytes: number };
  readonly onError: OnError;
}

/** A Redis that answers nothing for so long is taken for lost: ms. */
const SILENT_MS = 3000;
const PING_MS = 1000;
const CONNECT_MS = 3000;
/** How long a read waits for news: a topic that is joined meanwhile is read at the latest then. */
const BLOCK_MS = 1000;
const ENTRIES_PER_READ = 200;
/** How often it is asked whether Redis still has what it had, and that it is wanted: ms. */
const STAND_MS = 10_000;
const RETRY_MS = { first: 50, most: 1000 } as const;
/** When those who could not publish may come back. */
const BACK_AFTER_MS = 1000;

/**
 * A bus for several processes: each topic is a stream of Redis, whose entries have the ids `EPOCH-SEQ`. One connection
 * publishes, one reads all topics by a single blocking XREAD. Resolves when Redis has answered; until then, and whenever
 * it is away later, it is tried again.
 */
export async function createRedisBus({ url, log, onError }: RedisBusSettings): Promise<Bus> {
  const topics = new Map<string, Follower>();
  const options = {
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
  const commands = createClient({ ...options, scripts: SCRIPTS });
  const reader = createClient(options);
  /** Which of its lives Redis is in; undefined while it cannot be asked. */
  let run: string | undefined;
  /** By which Redis knows the connection of the reader. */
  let readerId: number | undefined;
  let closed = false;
  /** There is a topic that the read under way does not have. */
  let incomplete = false;
  /** What was said last of what is wrong: it is not said twice. */
  let complaint = '';
  const ending = new AbortController();
  const changes = new EventEmitter();

  function complain(error: unknown): void {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    if (closed || reason === complaint) return;
    complaint = reason;
    onError(new Incident(`Redis at ${hostOf(url)} cannot be used, and is tried again: ${reason}`), {
      stage: 'bus',
    });
  }

  function away(cause?: unknown): LabError {
    return new LabError(
      'bus-away',
      `Redis cannot be reached. What was being published may have been taken: publish it again under its key.`,
      {
        retryAfterMs: BACK_AFTER_MS,
        cause,
      },
    );
  }

  /** Asks where a topic stands, which begins an epoch where Redis has none or has been started again. */
  async function stand(name: string, follower: Follower): Promise<Position> {
    if (run === undefined) throw away();
    const position = await commands.stand(name, run).catch((error: unknown) => {
      throw away(error);
    });
    follower.stands(position);
    return position;
  }

  /** All topics in one blocking XREAD, over and over. */
  async function readOn(): Promise<void> {
    while (!closed) {
      incomplete = false;
      const asked = [...topics];
      try {
        if (asked.length === 0) await once(changes, 'joined', { signal: ending.signal });
        else if (reader.isReady) await read(asked);
        else await once(reader, 'ready', { signal: ending.signal });
      } catch (error) {
        complain(error);
      }
    }
  }

  async function read(asked: readonly (readonly [string, Follower])[]): Promise<void> {
    const reply = await reader.sendCommand<[key: Buffer, entries: StreamEntry[]][] | null>([
      'XREAD',
      'COUNT',
      String(ENTRIES_PER_READ),
      'BLOCK',
      String(BLOCK_MS),
      'STREAMS',
      ...asked.map(([name]) => streamKey(name)),
      ...asked.map(([, { at }]) => formatId(at)),
    ]);
    const entriesOf = new Map(reply?.map(([key, entries]) => [key.toString(), entries]));
    for (const [name, follower] of asked) {
      // Left and joined again meanwhile, a topic is another.
      if (topics.get(name) !== follower) continue;
      for (const entry of entriesOf.get(streamKey(name)) ?? []) follower.take(readRecord(entry));
    }
  }

  /** The read under way is to end, since it lacks a topic. It may be yet to begin: then it is asked again. */
  async function interrupt(): Promise<void> {
    while (incomplete && readerId !== undefined && commands.isReady) {
      await commands.sendCommand(['CLIENT', 'UNBLOCK', String(readerId)]);
    }
  }

  /** Asks where all topics stand, until that is known. */
  async function standAll(): Promise<void> {
    try {
      await Promise.all([...topics].map(([name, follower]) => stand(name, follower)));
      complaint = '';
    } catch (error) {
      complain(error instanceof LabError ? error.cause : error);
    }
  }

  for (const client of [commands, reader]) client.on('error', complain);
  commands.on('ready', async () => {
    try {
      const found = /^run_id:(\w+)/m.exec(String(await commands.sendCommand(['INFO', 'server'])));
      run = found?.[1];
      changes.emit('run');
      await standAll();
    } catch (error) {
      complain(error);
    }
  });
  // Not before it is back: what is asked until then would be of another of its lives.
  for (const event of ['reconnecting', 'end']) {
    commands.on(event, () => {
      run = undefined;
    });
  }
  reader.on('ready', async () => {
    readerId = await reader.sendCommand<number>(['CLIENT', 'ID']).catch(() => undefined);
  });
  await Promise.all([once(changes, 'run'), commands.connect(), reader.connect()]);
  void readOn();
  const standing = setInterval(() => void standAll(), STAND_MS);

  return {
    join(name, receiver) {
      if (topics.has(name)) throw new Error(`topic ${name} is joined already`);
      topics.set(name, new Follower(receiver));
      incomplete = true;
      changes.emit('joined');
      interrupt().catch(complain);
    },
    leave(name) {
      topics.get(name)?.leave();
      topics.delete(name);
    },
    async settle(name) {
      const follower = topics.get(name);
      if (!follower) throw new Error(`topic ${name} is not joined`);
      await follower.reached(await stand(name, follower));
    },
    async publish(name, draft) {
      if (run === undefined) throw away();
      const [id, fields] = await commands
        .place(name, { ...placed(draft), run, maxMessages: log.messages, maxBytes: log.bytes })
        .catch((error: unknown) => {
          throw away(error);
        });
      const position = parseId(id);
      await topics.get(name)?.reached(position);
      const { seq } = position;
      const receipt = { seq, cursor: formatCursor(position) };
      if (!fields) return { ...receipt, at: draft.at };
      const known = readRecord([id, fields]);
      if (!saysSame(known, draft)) throw keyReused(seq, draft.key);
      return { ...receipt, at: known.at, repeated: true };
    },
    async close() {
      closed = true;
      clearInterval(standing);
      ending.abort();
      for (const follower of topics.values()) follower.leave();
      for (const client of [commands, reader]) client.destroy();
    },
  };
}

function readRecord([id, fields]: StreamEntry): BusRecord {
  const values = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) values.set(String(fields[i]), fields[i + 1] ?? Buffer.of());
  const bytes = values.get('bytes');
  return {
    ...parseId(id),
    at: Number(values.get('at')),
    type: String(values.get('type')),
    body: bytes ? { bytes } : { json: String(values.get('json')) },
    key: values.get('key')?.toString(),
  };
}

function placed({ at, type, body, key = '' }: BusDraft) {
  return 'bytes' in body
    ? { at, type, form: 'bytes' as const, body: body.bytes, key }
    : { at, type, form: 'json' as const, body: body.json, key };
}

function saysSame(record: BusDraft, draft: BusDraft): boolean {
  const [a, b] = [placed(record), placed(draft)];
  return a.type === b.type && a.form === b.form && Buffer.from(a.body).equals(Buffer.from(b.body));
}

/** Where it is, without name and password. */
function hostOf(url: string): string {
  return new URL(url).host;
}
