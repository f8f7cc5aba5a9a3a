import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { Incident, type OnError } from '../problem.ts';
import { formatCursor, type Position } from '../wire.ts';
import type { Bus, BusDraft, BusRecord } from './bus.ts';
import { Follower } from './follower.ts';
import { connectionTo, createRedisLink, withinSilence } from './redis-link.ts';
import { formatId, parseId, type StreamEntry, streamKey } from './redis-scripts.ts';
import { keyReused } from './topic.ts';

export interface RedisBusSettings {
  /** `redis://` or `rediss://`, with name, password and database where there are any. */
  readonly url: string;
  /** How much of a topic Redis holds for processes that come later. */
  readonly log: { readonly messages: number; readonly bytes: number };
  readonly onError: OnError;
}

/** How long a read waits for news: a topic that is joined meanwhile is read at the latest then. */
const BLOCK_MS = 1000;
const ENTRIES_PER_READ = 200;
/** How often it is asked whether Redis still has what it had, and that it is wanted: ms. */
const STAND_MS = 10_000;
/** After a read that has failed: ms. */
const READ_AGAIN_MS = 200;

/**
 * A bus for several processes: each topic is a stream of Redis, whose entries have the ids `EPOCH-SEQ`. One connection
 * publishes, one reads all topics by a single blocking XREAD. Resolves when Redis has answered; until then, and whenever
 * it is away later, it is tried again.
 */
export async function createRedisBus({ url, log, onError }: RedisBusSettings): Promise<Bus> {
  const topics = new Map<string, Follower>();
  const reader = createClient(connectionTo(url));
  /** By which Redis knows the connection of the reader. */
  let readerId: number | undefined;
  let closed = false;
  /** There is a topic that the read under way does not have. */
  let incomplete = false;
  let interrupting = false;
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

  /** Asks where a topic stands, which begins an epoch where Redis has none or has been started again. */
  async function stand(name: string, follower: Follower): Promise<Position> {
    const { position, held } = await link.ask((client, run) => client.stand(name, run, follower.at));
    // Of what is held the reader hears by itself.
    if (held === 0) follower.stands(position);
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
        await sleep(READ_AGAIN_MS, undefined, { signal: ending.signal }).catch(() => undefined);
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
    if (interrupting) return;
    interrupting = true;
    try {
      while (incomplete && readerId !== undefined) {
        const id = String(readerId);
        await link.ask((client) => client.sendCommand(['CLIENT', 'UNBLOCK', id]));
      }
    } catch {
      // the read ends by itself before long
    } finally {
      interrupting = false;
    }
  }

  /** Asks where all topics stand: whether Redis still has what it had, and that it is wanted. */
  async function standAll(): Promise<void> {
    try {
      await Promise.all([...topics].map(([name, follower]) => stand(name, follower)));
      if (topics.size > 0) complaint = '';
    } catch {
      // it has been complained of
    }
  }

  const link = createRedisLink(
    url,
    () => {
      changes.emit('found');
      void standAll();
    },
    complain,
  );
  reader.on('error', complain);
  reader.on('ready', async () => {
    readerId = await reader.sendCommand<number>(['CLIENT', 'ID']).catch(() => undefined);
  });
  for (const event of ['reconnecting', 'end']) {
    reader.on(event, () => {
      readerId = undefined;
    });
  }
  await Promise.all([once(changes, 'found'), link.connect(), reader.connect()]);
  void readOn();
  const standing = setInterval(() => void standAll(), STAND_MS);

  return {
    join(name, receiver) {
      if (topics.has(name)) throw new Error(`topic ${name} is joined already`);
      topics.set(name, new Follower(receiver));
      incomplete = true;
      changes.emit('joined');
      void interrupt();
    },
    leave(name) {
      topics.get(name)?.leave();
      topics.delete(name);
    },
    async settle(name) {
      const follower = topics.get(name);
      if (!follower) throw new Error(`topic ${name} is not joined`);
      await withinSilence(follower.reached(await stand(name, follower)));
    },
    async publish(name, draft) {
      const follower = topics.get(name);
      const [id, fields] = await link.ask((client, run) =>
        client.place(name, {
          ...placed(draft),
          run,
          known: follower?.at,
          maxMessages: log.messages,
          maxBytes: log.bytes,
        }),
      );
      const position = parseId(id);
      await withinSilence(follower?.reached(position));
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
      link.close();
      reader.destroy();
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
