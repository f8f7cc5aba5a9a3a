import type { Socket } from 'node:net';
import type { Feed } from './feed/feed.ts';
import { openTarget, parseTarget, whenSettled } from './feed-target.ts';
import { LabError, type OnError } from './problem.ts';
import type { Tap } from './tap.ts';
import { errorFrame } from './transports/frame-publishing.ts';
import { endWithError } from './transports/line-frames.ts';
import type { Transport } from './transports/transport.ts';
import type { Manners, TransportName } from './wire.ts';

/** Answers on the port of the transports that are no HTTP: the first line is a feed's URL, as it would be asked for by HTTP. */
export interface TcpEndpoint {
  connect(socket: Socket): void;
  /** Ends the connections that have not asked for anything yet. */
  leave(): void;
}

export interface TcpEndpointParts {
  readonly feed: Feed;
  readonly transports: ReadonlyMap<TransportName, Transport>;
  readonly tap: Tap;
  readonly manners: Manners;
  readonly onError: OnError;
  /** Throws where the server takes no further work (it is leaving) or not from this socket (it is full). */
  readonly admit: (socket: Socket) => void;
  /** Of the first line: how long it may be and how long it may take. */
  readonly lineBytes: number;
  readonly lineWithinMs: number;
}

const LINE_END = '\n'.charCodeAt(0);

export function createTcpEndpoint(parts: TcpEndpointParts): TcpEndpoint {
  const { feed, transports, tap, manners, onError, admit, lineBytes, lineWithinMs } = parts;
  const waiting = new Set<Socket>();

  function refuse(socket: Socket, error: unknown): void {
    endWithError(socket, errorFrame(error, onError));
  }

  function begin(socket: Socket, head: Buffer, early: Buffer): void {
    try {
      const url = head.toString('latin1').trim();
      // A browser that is made to speak HTTP to this port begins with a method: it is no feed's URL.
      const target = parseTarget(url, manners);
      const { resource, client, conduct } = target;
      const accept = resource === 'messages' ? undefined : transports.get(resource)?.accept;
      if (resource === 'messages' || !accept) {
        throw new LabError('not-found', `${resource} is spoken over HTTP, on the server’s other port.`);
      }
      const open = (failure?: unknown) => {
        if (failure) throw failure;
        return openTarget(feed, target);
      };
      socket.pause();
      whenSettled(feed, target, undefined, (failure) => {
        if (socket.destroyed) return;
        try {
          admit(socket); // again: the server may have begun to leave
          tap.connection(resource, client, socket, head.length, () =>
            accept({ socket, early, conduct, open: () => open(failure) }),
          );
          socket.resume();
        } catch (error) {
          refuse(socket, error);
        }
      });
    } catch (error) {
      refuse(socket, error);
    }
  }

  return {
    connect(socket) {
      socket.on('error', destroy);
      try {
        admit(socket);
      } catch (error) {
        refuse(socket, error);
        return;
      }
      waiting.add(socket);
      let head = Buffer.alloc(0);
      const settled = (): void => {
        clearTimeout(timer);
        waiting.delete(socket);
        socket.off('data', read);
        socket.off('close', settled);
      };
      const read = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf(LINE_END);
        if (end < 0 && head.length <= lineBytes) return;
        settled();
        if (end < 0 || end > lineBytes) {
          refuse(socket, new LabError('too-large', `The first line is over ${lineBytes} bytes.`));
        } else begin(socket, head.subarray(0, end + 1), head.subarray(end + 1));
      };
      const timer = setTimeout(() => {
        settled();
        socket.destroy();
      }, lineWithinMs);
      socket.on('data', read);
      socket.on('close', settled);
    },
    leave() {
      for (const socket of waiting) socket.destroy();
    },
  };
}

/** A socket's listener that keeps nothing else alive. */
function destroy(this: Socket): void {
  this.destroy();
}
