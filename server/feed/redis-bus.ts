import { EventEmitter, once } from 'node:events';
import { createClient, RESP_TYPES } from 'redis';
import { LabError, type OnError } from '../problem.ts';
import { formatCursor } from '../wire.ts';
import type { Bus, BusDraft, BusReceiver, BusRecord } from './bus.ts';
import { SCRIPTS, type StreamEntry, streamKey } from './redis-scripts.ts';
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

/** Of a record. Epochs are numbers here, each higher than the one before. */
interface Place {
  readonly epoch: number;
  readonly seq: number;
}

/** A topic that this process reads. */
interface Joined {
  readonly receiver: BusReceiver;
  /** Of the record that the receiver has had last. */
  epoch: number;
  seq: number;
  /** Who waits until the receiver has a record. */
  readonly waiting: Set<Waiting>;
}

interface Waiting extends Place {
  readonly resolve: () => void;
}

/**
 * A bus for several processes: each topic is a stream of Redis, whose entries have the ids `EPOCH-SEQ`. One connection
 * publishes, one reads all topics by a single blocking XREAD. Resolves when Redis has answered; until then, and whenever
 * it is away later, it is tried again.
 */
export async function createRedisBus({ url, log, onError }: RedisBusSettings): Promise<Bus> {
  const topics = new Map<string, Joined>();
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
    onError(new Error(`Redis at ${hostOf(url)} cannot be used, and is tried again: ${reason}`), {
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
  async function stand(name: string, joined: Joined): Promise<{ epoch: number; seq: number }> {
    if (run === undefined) throw away();
    const found = await commands.stand(name, run).catch((error: unknown) => {
      throw away(error);
    });
    // Of what has been published in it the reader hears by itself; that nothing has, nobody else says.
    if (found.seq === 0 && found.epoch > joined.epoch) begin(joined, found.epoch, 0);
    return found;
  }

  function begin(joined: Joined, epoch: number, seq: number): void {
    joined.epoch = epoch;
    joined.seq = seq;
    joined.receiver.begin(formatEpoch(epoch), seq);
    wake(joined);
  }

  function receive(joined: Joined, [id, fields]: StreamEntry): void {
    const { epoch, seq } = parseId(id);
    if (isBehind({ epoch, seq }, joined)) return;
    if (epoch !== joined.epoch || seq !== joined.seq + 1) begin(joined, epoch, seq - 1);
    joined.seq = seq;
    joined.receiver.receive(readRecord(epoch, seq, fields));
    wake(joined);
  }

  /** Resolves once the receiver has had a record, or stands in an epoch in which it will never have it. */
  function had(joined: Joined, epoch: number, seq: number): Promise<void> | undefined {
    if (isBehind({ epoch, seq }, joined)) return undefined;
    return new Promise((resolve) => joined.waiting.add({ epoch, seq, resolve }));
  }

  function wake(joined: Joined): void {
    for (const waiting of joined.waiting) {
      if (!isBehind(waiting, joined)) continue;
      joined.waiting.delete(waiting);
      waiting.resolve();
    }
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

  async function read(asked: readonly (readonly [string, Joined])[]): Promise<void> {
    const reply = await reader.sendCommand<[key: Buffer, entries: StreamEntry[]][] | null>([
      'XREAD',
      'COUNT',
      String(ENTRIES_PER_READ),
      'BLOCK',
      String(BLOCK_MS),
      'STREAMS',
      ...asked.map(([name]) => streamKey(name)),
      ...asked.map(([, { epoch, seq }]) => `${epoch}-${seq}`),
    ]);
    const entriesOf = new Map(reply?.map(([key, entries]) => [key.toString(), entries]));
    for (const [name, joined] of asked) {
      // Left and joined again meanwhile, a topic is another.
      if (topics.get(name) !== joined) continue;
      for (const entry of entriesOf.get(streamKey(name)) ?? []) receive(joined, entry);
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
      await Promise.all([...topics].map(([name, joined]) => stand(name, joined)));
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
      topics.set(name, { receiver, epoch: 0, seq: 0, waiting: new Set() });
      incomplete = true;
      changes.emit('joined');
      interrupt().catch(complain);
    },
    leave(name) {
      const joined = topics.get(name);
      topics.delete(name);
      for (const { resolve } of joined?.waiting ?? []) resolve();
    },
    async settle(name) {
      const joined = topics.get(name);
      if (!joined) throw new Error(`topic ${name} is not joined`);
      const { epoch, seq } = await stand(name, joined);
      await had(joined, epoch, seq);
    },
    async publish(name, draft) {
      if (run === undefined) throw away();
      const [id, fields] = await commands
        .place(name, { ...placed(draft), run, maxMessages: log.messages, maxBytes: log.bytes })
        .catch((error: unknown) => {
          throw away(error);
        });
      const { epoch, seq } = parseId(id);
      const joined = topics.get(name);
      if (joined) await had(joined, epoch, seq);
      const receipt = { seq, cursor: formatCursor({ epoch: formatEpoch(epoch), seq }) };
      if (!fields) return { ...receipt, at: draft.at };
      const known = readRecord(epoch, seq, fields);
      if (!saysSame(known, draft)) throw keyReused(seq, draft.key);
      return { ...receipt, at: known.at, repeated: true };
    },
    async close() {
      closed = true;
      clearInterval(standing);
      ending.abort();
      for (const { waiting } of topics.values()) for (const { resolve } of waiting) resolve();
      for (const client of [commands, reader]) client.destroy();
    },
  };
}

/** Whether a record comes no later than another, or belongs to an epoch that is over. */
function isBehind(record: Place, other: Place): boolean {
  return record.epoch < other.epoch || (record.epoch === other.epoch && record.seq <= other.seq);
}

function formatEpoch(epoch: number): string {
  return epoch.toString(36);
}

function parseId(id: Buffer): Place {
  const [epoch, seq] = id.toString().split('-');
  return { epoch: Number(epoch), seq: Number(seq) };
}

function readRecord(epoch: number, seq: number, fields: readonly Buffer[]): BusRecord {
  const values = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) values.set(String(fields[i]), fields[i + 1] ?? Buffer.of());
  const bytes = values.get('bytes');
  return {
    epoch: formatEpoch(epoch),
    seq,
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
