import { Manager, type Socket } from 'socket.io-client';
import {
  draftJson,
  type Refusal,
  type SocketIoAuth,
  type SocketIoDown,
  type SocketIoUp,
} from '../../server/wire.ts';
import {
  diagnose,
  type Env,
  feedUrl,
  LineLost,
  type OpenPublisher,
  ProblemError,
  type RequestOutcome,
  type Session,
  type TransportClient,
} from './client.ts';
import { type CarrierOptions, EnvPolling, EnvWebSocket } from './socketio-carriers.ts';

const CARRIERS = { websocket: EnvWebSocket, polling: EnvPolling } as const;

/** What socket.io-client calls it that the server's heartbeats have stayed away. */
const SILENT = 'ping timeout';

/** What carries its packets; a lane is one of them alone. */
type Carrier = keyof typeof CARRIERS;

/** The client of one of the lanes: socket.io-client does the talking. */
export function createSocketIoClient(carrier: Carrier): Required<TransportClient> {
  return {
    connect: (session) =>
      new Promise((resolve, reject) => {
        const { env, signal } = session;
        const url = session.url();
        let opened = false;
        /** Its heartbeats are announced, and the session counts on them. */
        let watched = false;
        const line = new Line(url, carrier, env, {});
        const endRequest = carrier === 'polling' ? recordPolls(session, line) : session.request();
        const leave = (): void => {
          line.drop();
          endRequest(opened ? 'ended' : 'failed');
          resolve();
        };
        line.onLost(async (error, reason) => {
          // The session notices as much, and earlier. Where both were held up the library may be the first to speak.
          if (reason === SILENT && watched) return;
          signal.removeEventListener('abort', leave);
          endRequest(opened ? 'ended' : 'failed');
          line.drop();
          const problem = problemOf(error) ?? (opened ? undefined : await diagnose(url, env, signal));
          if (problem) reject(problem);
          else resolve();
        });
        line.socket.on('open', (opening) => {
          opened = true;
          watched = opening.heartbeatMs !== undefined;
          session.opened(opening);
        });
        line.socket.on('message', (envelope) => session.deliver([envelope]));
        line.socket.on('gap', (gap) => session.gap(gap));
        line.socket.on('bye', (bye) => session.bye(bye));
        line.socket.io.on('ping', () => session.beat());
        signal.addEventListener('abort', leave, { once: true });
        if (signal.aborted) leave();
      }),
    openPublisher: publisherOver(carrier),
  };
}

/** Publishes over a connection of its own, which is sent no messages; each is acknowledged by the library's means. */
function publisherOver(carrier: Carrier): OpenPublisher {
  return ({ baseUrl, topic, client, token, signal = new AbortController().signal }, env) =>
    new Promise((resolve, reject) => {
      const url = feedUrl(baseUrl, topic, `socketio-${carrier}`, { client });
      const line = new Line(url, carrier, env, { mode: 'publish', ...(token !== undefined && { token }) });
      /** Why nothing can be published any more. */
      let over: Error | undefined;
      const end = (reason: Error): void => {
        over ??= reason;
        signal.removeEventListener('abort', giveUp);
        line.drop();
      };
      const giveUp = (): void => {
        end(new Error('The opening was given up.'));
        reject(over);
      };
      line.onLost(async (error) => {
        const problem = problemOf(error);
        end(
          problem
            ? new LineLost(problem)
            : new Error('The connection was lost before the server acknowledged.'),
        );
        reject(problem ?? (await diagnose(url, env, signal)) ?? over);
      });
      line.socket.on('open', () => {
        signal.removeEventListener('abort', giveUp);
        resolve({
          async publish(draft) {
            // What was never sent is not what the server refused.
            if (over) throw new Error(over.message);
            const answer = await line.socket
              .emitWithAck('publish', draftJson(draft))
              .catch((error: unknown) => {
                throw over ?? error;
              });
            if (isRefusal(answer)) throw problemOfRefusal(answer);
            return answer;
          },
          close: () => end(new Error('The publisher was closed.')),
        });
      });
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
}

/** One connection of socket.io-client. */
class Line {
  readonly socket: Socket<SocketIoDown, SocketIoUp>;
  readonly #requests = new AbortController();

  constructor(feedUrl: string, carrier: Carrier, env: Env, auth: SocketIoAuth) {
    const { origin, pathname, searchParams } = new URL(feedUrl);
    // It is told once, not with each request.
    const after = searchParams.get('after') ?? undefined;
    searchParams.delete('after');
    const options = {
      path: pathname,
      addTrailingSlash: false,
      query: Object.fromEntries(searchParams),
      transports: [CARRIERS[carrier]],
      upgrade: false,
      // When and from where to come back is decided in one place for all transports.
      reconnection: false,
      autoConnect: false,
      env,
      signal: this.#requests.signal,
    } satisfies CarrierOptions & Record<string, unknown>;
    const manager = new Manager(origin, options);
    manager.timeout(false); // the session's own limit is in force
    this.socket = manager.socket('/', { auth: { ...auth, ...(after !== undefined && { after }) } });
    this.socket.connect();
  }

  /** `lost` is called once, unless it is dropped before: with the library's error and reason, where there are any. */
  onLost(lost: (error: unknown, reason?: string) => void): void {
    this.socket.once('connect_error', (error) => lost(error));
    this.socket.once('disconnect', (reason, error) => lost(error, reason));
  }

  /**
   * Lets go without waiting for the other side. To end the poll that is held tells the server, and on a line that has
   * died nothing is left behind, as it is by the library: requests that hang.
   */
  drop(): void {
    this.socket.off();
    this.#requests.abort();
    this.socket.disconnect();
  }
}

/** Records each poll as a request; the next one follows at once. */
function recordPolls(session: Session, { socket }: Line): (outcome: RequestOutcome) => void {
  let end = session.request();
  let messages = 0;
  socket.onAny((name: string) => {
    if (name === 'message') messages += 1;
  });
  socket.io.engine.transport.on('pollComplete', () =>
    afterPackets(() => {
      if (!socket.active) return;
      end(messages > 0 ? 'messages' : 'empty');
      messages = 0;
      end = session.request();
    }),
  );
  return (outcome) => end(outcome);
}

/** socket.io-client hands on each packet of an answer in a microtask, and in Node by process.nextTick, after those. */
const afterPackets: (task: () => void) => void = globalThis.setImmediate ?? queueMicrotask;

/** Why it was refused, by what the library's errors carry: when it joined, or what a request was answered. */
function problemOf(error: unknown): ProblemError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('data' in error && isRefusal(error.data)) return problemOfRefusal(error.data);
  return 'description' in error && error.description instanceof ProblemError ? error.description : undefined;
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}

function problemOfRefusal({ code, detail, retryAfterMs }: Refusal): ProblemError {
  return new ProblemError(code, detail, retryAfterMs);
}
