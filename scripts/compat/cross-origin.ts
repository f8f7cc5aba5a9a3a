import { request } from 'node:http';
import { feedPath, type TransportName } from '../../server/wire.ts';
import { isLoaded } from '../../web/probe/lanes.ts';
import type { Seen } from './trial.ts';

/** What a WebSocket handshake from Node, which may claim any origin, is answered. */
export interface Handshake {
  readonly status: number;
  /** The `code` of the problem document, where there is one. */
  readonly code: string | null;
}

/** Asks for a WebSocket as a page of `origin` would; without an origin, as no browser does. */
export function shakeHands(labUrl: string, origin?: string): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const asked = request(labUrl + feedPath('page', 'websocket'), {
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', // any 16 bytes; these are the example of RFC 6455 §1.3
        ...(origin !== undefined && { origin }),
      },
    });
    asked.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, code: null });
    });
    asked.on('response', async (answer) => {
      const body = (await answer.toArray()).map(String).join('');
      resolve({ status: answer.statusCode ?? 0, code: /"code":"([^"]+)"/.exec(body)?.[1] ?? null });
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Adds to what the page saw of a foreign origin who it was that refused. */
export function whoRefused(withOrigin: Handshake, without: Handshake) {
  return (name: TransportName, { received, reached }: Seen): string | undefined => {
    if (received > 0) return undefined;
    if (name === 'websocket') {
      return `It is the server that refuses: the same handshake from Node is answered ${describe(withOrigin)} with the page’s Origin and ${describe(without)} without one.`;
    }
    if (isLoaded(name)) {
      return 'It is the server that refuses, by what the browser tells of where the request is from: the same-origin policy is not about scripts and frames.';
    }
    return reached > 0 ? 'So they were carried out; it is the answers that the browser withheld.' : undefined;
  };
}

function describe({ status, code }: Handshake): string {
  return code === null ? String(status) : `${status} (${code})`;
}
