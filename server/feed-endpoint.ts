import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Access, bearerToken } from './access.ts';
import { type Feed, tooLarge } from './feed/feed.ts';
import { openTarget, parseTarget, type Target, whenSettled } from './feed-target.ts';
import type { Probes, SightingEnd } from './probes.ts';
import { asLabError, LabError, type OnError, problemHeaders, problemOf } from './problem.ts';
import type { Tap } from './tap.ts';
import { publishFrameBytes } from './transports/publish-frame.ts';
import type { Transport } from './transports/transport.ts';
import { DIAGNOSE, type Manners, TRANSPORTS, type TransportName } from './wire.ts';

/** Answers all below `/feeds/`. */
export interface FeedEndpoint {
  handle: RequestListener;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface FeedEndpointParts {
  readonly feed: Feed;
  readonly transports: ReadonlyMap<TransportName, Transport>;
  readonly access: Access;
  readonly tap: Tap;
  readonly probes: Probes;
  /** Those in force where a request asks for none. */
  readonly manners: Manners;
  readonly onError: OnError;
  /** Throws where the server takes no further work (it is leaving) or not from this socket (it is full). */
  readonly admit: (socket: Socket) => void;
}

/** JSON between systems is UTF-8 (RFC 8259 §8.1): other bytes are refused rather than replaced. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function createFeedEndpoint(parts: FeedEndpointParts): FeedEndpoint {
  const { feed, transports, access, tap, probes, manners, onError, admit } = parts;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    let target: Target;
    try {
      target = parseTarget(request.url, manners);
    } catch (error) {
      tap.other(request, response);
      if (!access.applyCors(request, response)) sendProblem(response, error, onError);
      return;
    }
    const { resource, client } = target;
    const over = sight(target, request, false);
    if (over) response.once('close', () => over(response.writableFinished ? 'answered' : 'cut'));
    // Before the tap begins to count: what it sees written by the end of this turn it takes for the head.
    whenSettled(feed, target, newerCursor(request), (failure) => {
      if (response.destroyed) return; // its client did not wait for it
      tap.request(resource === 'messages' ? 'publish' : resource, client, request, response, () =>
        answer(target, request, response, failure),
      );
    });
  }

  function answer(
    target: Target,
    request: IncomingMessage,
    response: ServerResponse,
    failure: unknown,
  ): void {
    const { resource } = target;
    try {
      if (access.applyCors(request, response)) return;
      admit(request.socket);
      if (resource !== 'messages') subscribe(target, resource, request, response, failure);
      else publish(target, request, response).catch((error) => sendProblem(response, error, onError));
    } catch (error) {
      sendProblem(response, error, onError);
    }
  }

  function subscribe(
    target: Target,
    name: TransportName,
    request: IncomingMessage,
    response: ServerResponse,
    failure: unknown,
  ): void {
    const { serve, methods = ['GET'] } = transports.get(name) ?? {};
    checkMethod(request, response, methods);
    if (TRANSPORTS[name].ownPort) {
      throw new LabError('not-found', `${name} is no HTTP: it has a port of its own (--tcp-port).`);
    }
    if (!serve) {
      response.setHeader('Upgrade', 'websocket');
      response.setHeader('Connection', 'Upgrade');
      throw new LabError('needs-upgrade', `${name} begins with an upgrade: connect with a WebSocket client.`);
    }
    if (request.method !== 'GET') access.checkOrigin(request);
    serve({ request, response, ...open(target, request, failure) });
  }

  async function publish(target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkMethod(request, response, ['POST']);
    access.checkOrigin(request);
    access.authorizeMessage(bearerToken(request), request.socket.remoteAddress);
    // Not to be taken for a promise: who sends it again because of it would publish twice.
    if (request.headers['idempotency-key'] !== undefined) {
      throw new LabError(
        'bad-message',
        'Idempotency-Key is not read: put what it says into the body, as "key", which is the same on every way up.',
      );
    }
    feed.topic(target.topic);
    const sent = await readBody(request, feed.messageBytes);
    let draft: unknown;
    try {
      draft = JSON.parse(utf8.decode(sent));
    } catch (cause) {
      throw new LabError('bad-message', 'The body is not JSON in UTF-8.', { cause });
    }
    // Asked for anew, both: the server may have begun to leave while the body arrived, and a topic without messages
    // may have made room for another.
    admit(request.socket);
    const receipt = await feed.publish(feed.topic(target.topic), draft);
    const body = Buffer.from(JSON.stringify(receipt));
    response.setHeader('Content-Length', body.length);
    response.writeHead(receipt.repeated ? 200 : 201, target.conduct.bodyHeaders);
    response.end(body);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', destroy);
    let over: ((end: SightingEnd) => void) | undefined;
    const refuse = (error: unknown): void => {
      refuseUpgrade(socket, error, onError);
      over?.('answered');
    };
    try {
      const target = parseTarget(request.url, manners);
      const { resource } = target;
      const transport = resource === 'messages' ? undefined : transports.get(resource)?.upgrade;
      if (resource === 'messages' || !transport) {
        throw new LabError('not-found', 'Nothing can be upgraded here but a feed’s websocket.');
      }
      over = sight(target, request, true);
      access.checkOrigin(request);
      whenSettled(feed, target, newerCursor(request), (failure) => {
        if (socket.destroyed) return;
        try {
          admit(request.socket);
          tap.upgrade(resource, target.client, request, head, () =>
            transport({
              request,
              socket,
              head,
              conduct: target.conduct,
              open: () => open(target, request, failure),
            }),
          );
          // An upgraded socket is for the client to end.
          if (over) socket.once('close', () => over?.('cut'));
        } catch (error) {
          refuse(error);
        }
      });
    } catch (error) {
      refuse(error);
    }
  }

  /** Where it is for a probe, records how a request came; call what is returned when it is over. */
  function sight(
    target: Target,
    request: IncomingMessage,
    upgrade: boolean,
  ): ((end: SightingEnd) => void) | undefined {
    const { topic, resource, query, conduct } = target;
    // A client that asks why it was refused is no subscriber.
    if (!probes.isProbe(topic) || resource === 'messages' || query.has(DIAGNOSE)) return undefined;
    return probes.see({ topic, transport: resource, manners: conduct.manners, upgrade, request });
  }

  /** Throws as `openTarget` does, or what it could not be settled for. */
  function open(target: Target, request: IncomingMessage, failure: unknown) {
    if (failure) throw failure;
    return openTarget(feed, target, newerCursor(request));
  }

  return { handle, upgrade };
}

/** A browser's own reconnect repeats the URL it began with: of the two, this header is the newer. */
function newerCursor({ headers }: IncomingMessage): string | undefined {
  const lastEventId = headers['last-event-id'];
  return typeof lastEventId === 'string' ? lastEventId || undefined : undefined;
}

/** A socket's listener that keeps nothing else alive. */
function destroy(this: Duplex): void {
  this.destroy();
}

function checkMethod(request: IncomingMessage, response: ServerResponse, methods: readonly string[]): void {
  if (methods.includes(request.method ?? '')) return;
  response.setHeader('Allow', methods.join(', '));
  throw new LabError(
    'bad-method',
    `${request.method} is not answered here; ${methods.join(' and ')} ${methods.length > 1 ? 'are' : 'is'}.`,
  );
}

async function readBody(request: IncomingMessage, messageBytes: number): Promise<Buffer> {
  const limit = publishFrameBytes(messageBytes);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(messageBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A refusal must not destroy the request: its socket still has to carry the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > limit) throw tooLarge(messageBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers with a problem document, or cuts the connection where the answer had begun already. */
export function sendProblem(response: ServerResponse, thrown: unknown, onError: OnError): void {
  // The client has gone in the middle of its request: there is nobody to tell, and nothing to mend.
  if (response.destroyed || response.req.socket.destroyed) return;
  const error = asLabError(thrown);
  if (error.code === 'internal')
    onError(error.cause, { stage: `answer to ${response.req.method} ${response.req.url}` });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(problemOf(error)));
  // To close on a client that still sends would reset the connection, and the answer with it. What it sends
  // is thrown away for as long as --request-timeout-ms lets it.
  response.req.resume();
  response.setHeader('Content-Length', body.length);
  response.writeHead(error.status, problemHeaders(error));
  response.end(body);
}

function refuseUpgrade(socket: Duplex, thrown: unknown, onError: OnError): void {
  const error = asLabError(thrown);
  if (error.code === 'internal') onError(error.cause, { stage: 'upgrade' });
  const body = JSON.stringify(problemOf(error));
  const headers = {
    ...problemHeaders(error),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy()); // no time limit of the HTTP server holds it any more
  socket.end(`HTTP/1.1 ${error.status} ${problemOf(error).title}\r\n${head.join('')}\r\n${body}`);
}
