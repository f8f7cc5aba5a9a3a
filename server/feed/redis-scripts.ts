import { type CommandParser, defineScript } from 'redis';
import type { Position } from '../wire.ts';

/**
 * What every script begins with: where a topic stands. KEYS: its stream, its state, the places of its keys; ARGV[1]: the
 * run of this Redis; ARGV[2]: the last epoch that whoever asks has heard of. A Redis that has been started again does not
 * say what it has lost, so that each run is an epoch: the time of its beginning, and later than those before in any case,
 * also where somebody has heard of a later one, of a Redis whose clock was ahead.
 */
const STAND = `
local function stand()
  local state = redis.call('HMGET', KEYS[2], 'run', 'epoch', 'seq', 'bytes')
  if state[1] == ARGV[1] and tonumber(state[2]) >= tonumber(ARGV[2]) then return state[2], tonumber(state[3]), tonumber(state[4]) end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local epoch = string.format('%.0f', math.max(now, (tonumber(state[2]) or 0) + 1, tonumber(ARGV[2]) + 1))
  redis.call('DEL', unpack(KEYS))
  redis.call('HSET', KEYS[2], 'run', ARGV[1], 'epoch', epoch, 'seq', 0, 'bytes', 0)
  return epoch, 0, 0
end
`;

/** A topic that no process has asked for within this time is forgotten; sooner where nothing was ever published: seconds. */
const KEPT_SECONDS = { used: 86_400, unused: 60 } as const;

/** Where a topic stands, as `[epoch, seq, entries held]`; its keys are kept for another while. */
const STAND_SCRIPT = `${STAND}
local epoch, seq = stand()
local kept = seq == 0 and ${KEPT_SECONDS.unused} or ${KEPT_SECONDS.used}
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, kept) end
return {epoch, string.format('%.0f', seq), redis.call('XLEN', KEYS[1])}
`;

/**
 * Gives a message its place: number and entry in one step. Answers `[id]`, or, where the stream holds a message of the
 * same key, `[id, fields]` of that one. ARGV: run, epoch, at, type, name of the body's field, body, key or '', the most
 * messages, the most bytes. The stream is trimmed as `MAXLEN ~` does, and from time to time by bytes: `before` is how
 * many bytes had been published before an entry.
 */
const PUBLISH_SCRIPT = `${STAND}
local epoch, seq, bytes = stand()
local at, kind, form, body, key, most, most_bytes =
  ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
if key ~= '' then
  local known = redis.call('ZSCORE', KEYS[3], key)
  if known then
    local id = epoch .. '-' .. known
    local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
    if entry then return entry end
  end
end
seq = seq + 1
local place = string.format('%.0f', seq)
local id = epoch .. '-' .. place
local entry = {'before', string.format('%.0f', bytes), 'at', at, 'type', kind, form, body}
if key ~= '' then
  table.insert(entry, 'key')
  table.insert(entry, key)
  redis.call('ZADD', KEYS[3], place, key)
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', most, id, unpack(entry))
bytes = bytes + #body
redis.call('HSET', KEYS[2], 'seq', place, 'bytes', string.format('%.0f', bytes))
if seq % 100 == 1 then
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ${KEPT_SECONDS.used}) end
end
if seq % 100 == 0 or #body > 65536 then
  while true do
    local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    if first[1] == id or bytes - tonumber(first[2][2]) <= most_bytes then
      redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. string.match(first[1], '-(%d+)$'))
      break
    end
    redis.call('XDEL', KEYS[1], first[1])
  end
end
return {id}
`;

export interface PublishArguments {
  readonly run: string;
  /** Of the last record that this process has had. */
  readonly known: Position | undefined;
  readonly at: number;
  readonly type: string;
  readonly form: 'json' | 'bytes';
  readonly body: string | Buffer;
  readonly key: string;
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Redis keeps them by their hash, and is sent them anew where it does not have them. */
export const SCRIPTS = {
  stand: defineScript({
    SCRIPT: STAND_SCRIPT,
    NUMBER_OF_KEYS: 3,
    parseCommand(parser: CommandParser, topic: string, run: string, known: Position) {
      pushKeys(parser, topic);
      parser.push(run, epochNumber(known));
    },
    transformReply: ([epoch, seq, held]: [Buffer, Buffer, number]) => ({
      position: { epoch: formatEpoch(epoch), seq: Number(seq) },
      held,
    }),
  }),
  place: defineScript({
    SCRIPT: PUBLISH_SCRIPT,
    NUMBER_OF_KEYS: 3,
    parseCommand(parser: CommandParser, topic: string, message: PublishArguments) {
      const { run, known, at, type, form, body, key, maxMessages, maxBytes } = message;
      pushKeys(parser, topic);
      parser.push(run, epochNumber(known), String(at), type, form, body, key);
      parser.push(String(maxMessages), String(maxBytes));
    },
    transformReply: (reply: readonly [id: Buffer, fields?: Buffer[]]) => reply,
  }),
};

/** An entry of a stream as Redis gives it: its id, then names and values in turn. */
export type StreamEntry = [id: Buffer, fields: Buffer[]];

/** Epochs are numbers in Redis, and the same in base 36 everywhere else: the time at which they began, of one length till 2059. */
function formatEpoch(epoch: Buffer | string): string {
  return Number(epoch).toString(36);
}

export function parseId(id: Buffer): Position {
  const [epoch = '', seq] = id.toString().split('-');
  return { epoch: formatEpoch(epoch), seq: Number(seq) };
}

/** The id of the entry at a position: before all others where it has no epoch. */
export function formatId({ epoch, seq }: Position): string {
  return `${epochNumber({ epoch })}-${seq}`;
}

function epochNumber(position: Pick<Position, 'epoch'> | undefined): string {
  return String(position && position.epoch !== '' ? Number.parseInt(position.epoch, 36) : 0);
}

export function streamKey(topic: string): string {
  return `lab:${topic}:stream`;
}

/** A script says all keys that it touches. */
function pushKeys(parser: CommandParser, topic: string): void {
  parser.pushKey(streamKey(topic));
  parser.pushKey(`lab:${topic}:state`);
  parser.pushKey(`lab:${topic}:keys`);
}
