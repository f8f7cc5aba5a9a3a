import {
  type Bye,
  DIAGNOSE,
  type Draft,
  type Envelope,
  feedPath,
  formatCursor,
  type Gap,
  type Message,
  type Opening,
  type Problem,
  type ProblemCode,
  parseCursor,
  type Receipt,
  type TransportName,
} from '../../server/wire.ts';

/** What differs between hosts. The browser and Node each have one; the clients know nothing else of either. */
export interface Env {
  fetch(url: string, init: FetchInit): Promise<FetchedResponse>;
  /** With `protocols`, the connection is refused unless the server speaks one of them. */
  openSocket(url: string, handlers: SocketHandlers, protocols?: readonly string[]): Socket;
  /** A TCP connection of lines, to `tcp://host:port`; browsers let no page have one. */
  readonly openLines?: (url: string, handlers: SocketHandlers) => Socket;
  /** What only a page can do. */
  readonly page?: PageEnv;
  /** Opens an event stream; `handlers.end` is called once, unless it was stopped before. */
  openEventStream(url: string, names: readonly string[], handlers: EventStreamHandlers): Stop;
  /** The server's clock: ms since the Unix epoch, with microseconds. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  loadTransport(name: TransportName): Promise<TransportClient>;
}

export interface FetchInit {
  readonly signal: AbortSignal;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** An answer whose body is JSON. */
export interface JsonResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: {
    get(name: string): string | null;
    /** All that the host shows, by lower-case name. */
    entries(): Iterable<[name: string, value: string]>;
  };
  json(): Promise<unknown>;
}

export interface FetchedResponse extends JsonResponse {
  /** The body as it comes, read once; rejects where it is broken off. To leave the loop lets go of the answer. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What documents do by themselves with what they load. To stop it breaks off what is being loaded. */
export interface PageEnv {
  /**
   * Runs the script at `url` in a scope of its own, where it calls the global function of this name with what it
   * brings. `ended` is called once: `called` tells whether it did.
   */
  loadScript(url: string, callback: string, handlers: ScriptHandlers): Stop;
  /**
   * Loads a document into a hidden frame; what it brings it sends to its parent, whose origin it is told by the
   * parameter `origin`.
   */
  openFrame(url: string, handlers: FrameHandlers): Stop;
}

export interface ScriptHandlers {
  value(value: unknown): void;
  ended(called: boolean): void;
}

export interface FrameHandlers {
  value(value: unknown): void;
  /** The document is complete: nothing more will come. */
  ended(): void;
}

/** An open (or opening) WebSocket; what it cannot send any more is dropped. */
export interface Socket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface SocketHandlers {
  text(data: string): void;
  /** A binary frame; none comes to who has asked for no protocol that has them. */
  bytes?(data: Uint8Array): void;
  /** The handshake is complete. */
  opened?(): void;
  /** The answer was something else than a handshake, with this status; browsers do not tell. */
  refused?(status: number): void;
  /** Called once, whether it was ever open or not. */
  closed(code: number): void;
}

export interface EventStreamHandlers {
  /** `name` is one of those asked for, or `message`. */
  event(name: string, data: string, id: string): void;
  /** The head of the answer has arrived, and it is a stream's. */
  opened?(): void;
  /** The answer was no stream, with this status; browsers do not tell. */
  refused?(status: number): void;
  /** The stream is over: by itself, or with the reason it was refused. */
  end(problem: ProblemError | undefined): void;
}

export type Stop = () => void;

/** What a file of this folder exports for the transport it is named after. */
export interface TransportClient {
  /**
   * Keeps one connection (or one series of polls) until `session.signal` aborts, and lets go of everything
   * then, without waiting for the other side. Resolves or rejects when the connection is lost; when and whether
   * to come back is not its business.
   */
  readonly connect: (session: Session) => Promise<void>;
  /**
   * Opens the transport's own way up; where it has none, messages are posted. What is published on it without
   * waiting MUST reach the server in that order.
   */
  readonly openPublisher?: OpenPublisher;
}

export type OpenPublisher = (options: PublisherOptions, env: Env) => Promise<Publisher>;

export interface PublisherOptions {
  readonly baseUrl: string;
  readonly topic: string;
  readonly token?: string;
  readonly client?: string;
  /** Whether bytes go as such, where the transport can carry them (by default), or as base64. */
  readonly binary?: boolean;
  /** Gives up the opening, which then rejects; what is open is left to `close`. */
  readonly signal?: AbortSignal;
}

export interface Publisher {
  /**
   * Resolves when the server has the message; rejects with a ProblemError where it refuses it, and with another
   * error where that cannot be known: the connection is lost then, and with it all that was not acknowledged. It is a
   * LineLost where the server had something to say about the connection.
   */
  publish(draft: Draft): Promise<Receipt>;
  /** Rejects all that was not acknowledged. */
  close(): void;
}

/** A connection's view of its subscription. */
export interface Session {
  readonly env: Env;
  /** Aborts when this connection is to end, for whatever reason. */
  readonly signal: AbortSignal;
  readonly intervalMs: number;
  readonly holdMs: number;
  readonly connectWithinMs: number;
  /** Whether bytes may come as such, where the transport can carry them; otherwise as base64. */
  readonly binary: boolean;
  /** Where the subscriber stands; undefined until it knows. */
  readonly cursor: string | undefined;
  /** This transport's URL for what comes after the cursor. */
  url(parameters?: Record<string, string>): string;
  /** Records that a request has begun; call the returned function when it has ended. */
  request(): (outcome: RequestOutcome) => void;
  /**
   * The server has said where the subscriber stands, and on a stream how often it shows that it is alive: one
   * that is silent for longer is given up.
   */
  opened(opening: Opening): void;
  /** The server is alive and has nothing to say. */
  beat(): void;
  /** Unless anything comes within this time, the connection is given up as lost; undefined: no limit. */
  watch(withinMs: number | undefined): void;
  deliver(envelopes: readonly Envelope[]): void;
  gap(gap: Gap): void;
  bye(bye: Bye): void;
}

/** How a request ended: with messages, with nothing new, as a stream or socket that was lost, or refused. */
export type RequestOutcome = 'messages' | 'empty' | 'ended' | 'failed';

/** `waiting`: between two attempts. `cut`: disconnected on purpose. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'cut' | 'closed';

/** `closed` by something on the way or its other end, or given up by the client's `watch`: nothing came any more. */
export type LostBy = 'closed' | 'watch';

/** What goes on beneath the messages, for those who watch. Times are the Env's, ms. */
export type Activity =
  | {
      readonly kind: 'state';
      readonly state: ConnectionState;
      readonly at: number;
      readonly error?: string;
      /** With `waiting`, where a connection was lost. */
      readonly lostBy?: LostBy;
    }
  | { readonly kind: 'request'; readonly id: number; readonly at: number }
  | {
      readonly kind: 'response';
      readonly id: number;
      readonly at: number;
      readonly outcome: RequestOutcome;
      readonly messages: number;
    };

/** What a subscriber reads. */
export type FeedEvent =
  | {
      readonly kind: 'message';
      readonly message: Message;
      /** Where the subscriber stands with this message. */
      readonly cursor: string;
      /** When the parsed message was in hand: the Env's clock, ms. */
      readonly receivedAt: number;
    }
  | { readonly kind: 'gap'; readonly gap: Gap };

/** The server refused, and says why. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProblemCode, detail: string, retryAfterMs?: number) {
    super(detail);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** True where the same request cannot succeed later either. */
  get final(): boolean {
    return !TEMPORARY.has(this.code);
  }
}

/** Whether it is a refusal that stands for good. */
export function isFinal(error: unknown): boolean {
  return error instanceof ProblemError && error.final;
}

/** A way up was lost with all that was not acknowledged: one of these messages, or none, is what `problem` is about. */
export class LineLost extends Error {
  override readonly name = 'LineLost';
  readonly problem: ProblemError;

  constructor(problem: ProblemError) {
    super(problem.message, { cause: problem });
    this.problem = problem;
  }
}

/** A message of more than twice what is allowed is cut off by its length alone, without a word from the server. */
export function farTooLarge(): ProblemError {
  return new ProblemError('too-large', 'The message is far longer than the server allows.');
}

/** The close code of a WebSocket on which it came (RFC 6455 §7.4.1). */
export const TOO_LARGE_CODE = 1009;

const TEMPORARY: ReadonlySet<ProblemCode> = new Set([
  'too-fast',
  'too-many',
  'draining',
  'bus-away',
  'internal',
  'needs-upgrade',
]);

/** Below 500, what an intermediary may say that is no last word (RFC 9110 §15.5.9, RFC 8470, RFC 6585). */
const TEMPORARY_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * A refusal as an error: from its problem document, or from its status where an intermediary answered. Rejects with the
 * platform's error where the answer's body was lost on the way: what it would have said is not known then.
 */
export async function problemFrom(response: JsonResponse): Promise<ProblemError> {
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
  const body = await response.json().catch((error: unknown) => {
    if (!(error instanceof SyntaxError)) throw error;
  });
  if (isProblem(body)) return new ProblemError(body.code, body.detail, retryAfterMs);
  const temporary = TEMPORARY_STATUS.has(response.status) || response.status >= 500;
  // Only hosts that do not follow redirects by themselves come here with one.
  const elsewhere = response.headers.get('location');
  return new ProblemError(
    temporary ? 'internal' : 'not-found',
    `The answer was ${response.status}${elsewhere === null ? '' : `: ask at ${elsewhere} instead`}.`,
    retryAfterMs,
  );
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), as ms from now. */
function parseRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/**
 * Learns why a stream or an upgrade was refused, which browsers do not tell: asks for the same URL plainly.
 * Undefined where nothing speaks against another attempt, or where `signal` aborts.
 */
export async function diagnose(
  url: string,
  env: Env,
  signal: AbortSignal,
): Promise<ProblemError | undefined> {
  const abort = new AbortController();
  const leave = (): void => abort.abort();
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  try {
    const marked = new URL(url);
    marked.searchParams.set(DIAGNOSE, '1');
    const response = await env.fetch(marked.href, { signal: abort.signal });
    if (response.ok) return undefined;
    const problem = await problemFrom(response);
    return problem.code === 'needs-upgrade' ? undefined : problem;
  } catch {
    return undefined; // nobody there: that is no refusal
  } finally {
    signal.removeEventListener('abort', leave);
    abort.abort();
  }
}

/** A feed's URL with its query. */
export function feedUrl(
  baseUrl: string,
  topic: string,
  resource: TransportName | 'messages',
  parameters: Record<string, string | undefined>,
): string {
  const url = new URL(feedPath(topic, resource), baseUrl);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** The cursor of a message, given one from the same epoch. */
export function cursorOf(message: Message, sameEpoch: string): string {
  const epoch = parseCursor(sameEpoch)?.epoch ?? '';
  return formatCursor({ epoch, seq: message.seq });
}
