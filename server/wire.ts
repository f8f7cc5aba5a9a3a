/**
 * The wire, version 1: everything that crosses between a Transport Lab server and its clients, in words in PROTOCOL.md.
 * Shared by server, web and scripts; imports nothing but the files of wire/, which import nothing, so that it runs
 * anywhere.
 */
import { TRANSPORT_NAMES, type TransportName } from './wire/transports.ts';

export * from './wire/binary-frame.ts';
export * from './wire/transports.ts';

/** What subscribers receive. */
export interface Message {
  /** Contiguous from 1 within an epoch. */
  readonly seq: number;
  /** When the message was due: ms since the Unix epoch, with microseconds. */
  readonly at: number;
  readonly type: string;
  /** Any JSON; a Uint8Array where bytes were published. */
  readonly data: unknown;
}

/** A message as JSON carries it: bytes are in `base64` instead of `data` (RFC 4648 §4, padded). */
export type Envelope = Message | (Omit<Message, 'data'> & { readonly base64: string });

/** What publishers send. */
export interface Draft {
  readonly type: string;
  /** Any JSON, or a Uint8Array. */
  readonly data: unknown;
  /**
   * Chosen by the publisher, different for each message: as long as the log holds the message, to publish it again
   * is answered with the receipt of the first time, and nobody gets it twice.
   */
  readonly key?: string;
}

/** A draft as JSON carries it. */
export type DraftJson = Draft | (Omit<Draft, 'data'> & { readonly base64: string });

/** What publishers get back. */
export interface Receipt {
  readonly seq: number;
  readonly at: number;
  readonly cursor: string;
  /** The message was there already, published under the same key. */
  readonly repeated?: true;
}

/** The beginning of a stream. */
export interface Opening {
  /** Where the subscriber stands. */
  readonly cursor: string;
  /** After so long a silence the server shows that it is alive, by a `beat`; absent where it does not. */
  readonly heartbeatMs?: number;
}

/** Messages were lost to this subscriber; delivery goes on after `cursor`. */
export interface Gap {
  /** How many, or null where it cannot be known (the log has begun a new epoch). */
  readonly missed: number | null;
  readonly cursor: string;
}

/** The server is about to leave; come back after `retryAfterMs`. */
export interface Bye {
  readonly reason: 'draining';
  readonly retryAfterMs: number;
}

/** Answer to a poll that has something to say; one that has not is a 204. */
export interface PollAnswer {
  readonly messages: readonly Envelope[];
  readonly cursor: string;
  readonly gap?: Gap;
  /** True where the answer was bounded and the next one is ready: ask again at once. */
  readonly more?: true;
}

/** Frames over WebSocket that are not messages of the feed. */
export type ControlFrame =
  | ({ readonly control: 'open' } & Opening)
  | { readonly control: 'beat' }
  | ({ readonly control: 'gap' } & Gap)
  | ({ readonly control: 'ack'; readonly id: number } & Receipt)
  | ErrorFrame
  | ({ readonly control: 'bye' } & Bye);

/** What the server refuses, and why: a problem document where there is no HTTP. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  /** What `Retry-After` is over HTTP, but in ms. */
  readonly retryAfterMs?: number;
}

/** A refusal: of the publish frame with this `id`, or of the connection, which then ends. */
export interface ErrorFrame extends Refusal {
  readonly control: 'error';
  readonly id?: number;
}

/** A client's frame over WebSocket. `token` where the server asks for one and the upgrade carried none. */
export interface PublishFrame {
  readonly publish: DraftJson;
  readonly id: number;
  readonly token?: string;
}

/** What a Socket.IO client shows when it joins (`auth`); it is refused with a `Refusal` as the error's `data`. */
export interface SocketIoAuth {
  readonly after?: string;
  readonly token?: string;
  /** `publish`: it wants no messages back. */
  readonly mode?: 'publish';
}

/** The events of Socket.IO to a client: with each message, where it stands that has it. */
export interface SocketIoDown {
  open: (opening: Opening) => void;
  message: (envelope: Envelope, cursor: string) => void;
  gap: (gap: Gap) => void;
  bye: (bye: Bye) => void;
}

/** And from a client, which is answered. */
export interface SocketIoUp {
  publish: (draft: DraftJson, answer: (answer: Receipt | Refusal) => void) => void;
}

/** Stable codes of problem details (RFC 9457) and of WebSocket `error` frames, with their HTTP status. */
export const PROBLEMS = {
  'bad-cursor': 400,
  'bad-message': 400,
  'bad-value': 400,
  unauthorized: 401,
  'forbidden-origin': 403,
  'bad-topic': 404,
  'not-found': 404,
  'bad-method': 405,
  'key-reused': 409,
  'too-large': 413,
  'needs-upgrade': 426,
  'too-fast': 429,
  'too-many': 503,
  draining: 503,
  'bus-away': 503,
  internal: 500,
} as const satisfies Record<string, number>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
}

export const TOPIC_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;
export const TYPE_PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;
/** What a publisher may choose as the key of a message. */
export const KEY_PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;
/** A label a subscriber may give its own traffic (`?client=`), by which /api/stats tells it apart. */
export const CLIENT_PATTERN = /^[A-Za-z0-9._-]{1,48}$/;
export const DEFAULT_TOPIC = 'lab';
/** `after=earliest`: all that the log still holds. */
export const EARLIEST = 'earliest';

/** Where a subscriber stands: after message `seq` of `epoch`. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

export function formatCursor(position: Position): string {
  return `${position.epoch}-${position.seq}`;
}

/** Returns undefined for anything that no server of this wire has handed out. */
export function parseCursor(text: string): Position | undefined {
  const match = /^([a-z0-9]{1,32})-(0|[1-9][0-9]{0,14})$/.exec(text);
  return match?.[1] && match[2] ? { epoch: match[1], seq: Number(match[2]) } : undefined;
}

/** The envelope, the same bytes on every transport. `dataJson` is already JSON. */
export function encodeEnvelope(seq: number, at: number, type: string, dataJson: string): string {
  return `{"seq":${seq},"at":${at},"type":${JSON.stringify(type)},"data":${dataJson}}`;
}

/** The envelope of a message that is bytes. */
export function encodeBinaryEnvelope(seq: number, at: number, type: string, base64: string): string {
  return `{"seq":${seq},"at":${at},"type":${JSON.stringify(type)},"base64":"${base64}"}`;
}

/** The message of an envelope, its bytes as they were published. */
export function openEnvelope(envelope: Envelope): Message {
  if (!('base64' in envelope)) return envelope;
  const { base64, ...message } = envelope;
  return { ...message, data: bytesOfBase64(base64) };
}

/** A draft as it can be sent as JSON. */
export function draftJson({ data, ...draft }: Draft): DraftJson {
  return data instanceof Uint8Array ? { ...draft, base64: base64OfBytes(data) } : { ...draft, data };
}

/** Throws where it is no base64. */
function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** `String.fromCharCode` takes each byte as an argument, and engines limit how many there may be. */
const CHUNK_BYTES = 8192;

function base64OfBytes(bytes: Uint8Array): string {
  let characters = '';
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    characters += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(characters);
}

/** A topic's paths. */
export function feedPath(topic: string, resource: TransportName | 'messages'): string {
  return `/feeds/${topic}/${resource}`;
}

/** The synthetic publisher (`GET`/`PUT /api/workload`), with its ranges. */
export interface Workload {
  readonly topic: string;
  readonly ratePerSecond: number;
  readonly payloadBytes: number;
  /** `text`: random characters of base64url; `binary`: random bytes, at least one. */
  readonly kind: 'text' | 'binary';
  readonly arrival: 'poisson' | 'periodic';
  readonly seed: number;
}

export const WORKLOAD_RANGES = {
  ratePerSecond: { min: 0, max: 10_000 },
  payloadBytes: { min: 0, max: 1024 ** 2 },
  seed: { min: 0, max: 2 ** 32 - 1 },
} as const;

/** Whose traffic the tap tells apart: the transports, and publishing by POST. */
export type TrafficName = TransportName | 'publish';

export const TRAFFIC_NAMES: readonly TrafficName[] = [...TRANSPORT_NAMES, 'publish'];

/** What the tap has counted for one of them, since the server started or since a client's first request. */
export interface Traffic {
  readonly requests: number;
  readonly upgrades: number;
  /** Requests and upgraded sockets in progress now. */
  readonly active: number;
  /** Application bytes at the socket, both as the server sees them. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The part of them that was request and response heads. */
  readonly headerBytesIn: number;
  readonly headerBytesOut: number;
  /** Requests on a connection that had carried one before, and the time between that answer and they: ms. */
  readonly turnarounds: number;
  readonly turnaroundMs: number;
}

/** `GET /api/stats`; with `?client=LABEL`, `traffic` is that client's only. */
export interface Stats {
  readonly at: number;
  readonly traffic: Readonly<Record<TrafficName, Traffic>>;
  readonly connections: number;
  /** Connections accepted since the server started. */
  readonly connectionsTotal: number;
  readonly topics: Readonly<Record<string, TopicStats>>;
  readonly workload: WorkloadStats;
  readonly process: ProcessStats;
}

export interface TopicStats {
  readonly published: number;
  /** Sum of the envelopes' bytes over all that was published. */
  readonly envelopeBytes: number;
  readonly subscribers: number;
  readonly logMessages: number;
  readonly logBytes: number;
}

export interface WorkloadStats {
  readonly published: number;
  /** Publisher lag, actual minus due, summed over `published`: ms. */
  readonly lagSumMs: number;
  /** The longest since the workload was last set. */
  readonly lagMaxMs: number;
}

export interface ProcessStats {
  readonly pid: number;
  readonly cpuUserMs: number;
  readonly cpuSystemMs: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  /** Beside the heap, and held by what is on it: buffers, above all. */
  readonly externalBytes: number;
  readonly eventLoopActiveMs: number;
  readonly eventLoopIdleMs: number;
}

/**
 * How an answer of the feed is prepared for what lies on its way. `polite`: kept out of caches and buffers,
 * with heartbeats, and never held for longer than the usual time limits. `naive`: none of that, as a server
 * is that nobody has prepared. `?manners=` asks for one; without it the server's own are in force.
 */
export type Manners = 'polite' | 'naive';

export const MANNERS: readonly Manners[] = ['polite', 'naive'];

/** Parameter of a plain request that only asks why another was refused: no subscriber's, so no sighting. */
export const DIAGNOSE = 'diagnose';

export function isManners(text: string): text is Manners {
  return MANNERS.some((one) => one === text);
}

/** `POST /api/probes`: messages to be published on a topic of its own, each `dueMs` after the answer. */
export interface ProbePlan {
  readonly dueMs: readonly number[];
}

export const PROBE_RANGES = {
  messages: { min: 1, max: 100 },
  dueMs: { min: 0, max: 600_000 },
} as const;

/** The answer: message i (`seq` i + 1) is due at `startedAt + dueMs[i]`. */
export interface ProbeStarted {
  readonly topic: string;
  /** Where a subscriber stands that has seen nothing yet. */
  readonly cursor: string;
  /** The server's clock, ms. */
  readonly startedAt: number;
}

/** One request for a probe's topic, as it reached the server after all that lies on the way. */
export interface Sighting {
  readonly transport: TransportName;
  readonly manners: Manners;
  /** The server's clock, ms. */
  readonly at: number;
  readonly httpVersion: string;
  /** Whether it still asked for an upgrade. */
  readonly upgrade: boolean;
  /** `in-progress`, `answered` to its end by the server, or `cut` from the other side before that. */
  readonly state: 'in-progress' | 'answered' | 'cut';
  /** When it was over: the server's clock, ms. */
  readonly endedAt: number | null;
}

/** `GET /api/probes/:topic`: what the server has seen of a probe. */
export interface ProbeSightings {
  readonly sightings: readonly Sighting[];
  /** How many more there were than are kept. */
  readonly leftOut: number;
}

/** `GET /api/echo`: the request as it reached the server. */
export interface Echo {
  readonly httpVersion: string;
  /** By lower-case name; without those that are secret by their names (`authorization`, `cookie`, tokens, keys). */
  readonly headers: Readonly<Record<string, string>>;
}

/** `GET /api/clock`. */
export interface ClockReading {
  /** The server's clock: ms since the Unix epoch, with microseconds. */
  readonly at: number;
  /** The same instant on the machine's monotonic clock (`process.hrtime`): ms. Shared by its processes. */
  readonly monotonicMs: number;
}
