import type { ControlFrame, Draft, Message, PublishFrame, Receipt } from '../../server/wire.ts';
import { diagnose, feedUrl, type OpenPublisher, ProblemError, type TransportClient } from './client.ts';

/** One socket; its frames are messages, and control frames among them. */
export const connect: TransportClient['connect'] = (session) =>
  new Promise((resolve, reject) => {
    const { env, signal } = session;
    const url = session.url();
    const end = session.request();
    let opened = false;
    let problem: ProblemError | undefined;
    const receive = (text: string): void => {
      const frame = parseFrame(text);
      if (!('control' in frame)) session.deliver([frame]);
      else if (frame.control === 'open') {
        opened = true;
        session.opened(frame.cursor);
      } else if (frame.control === 'gap') session.gap({ missed: frame.missed, cursor: frame.cursor });
      else if (frame.control === 'bye') session.bye(frame);
      else if (frame.control === 'error') problem = new ProblemError(frame.code, frame.detail);
    };
    const closed = async (): Promise<void> => {
      signal.removeEventListener('abort', leave);
      end(opened ? 'ended' : 'failed');
      if (!opened && !problem && !signal.aborted) problem = await diagnose(url, env);
      if (problem) reject(problem);
      else resolve();
    };
    const socket = env.openSocket(toSocketUrl(url), { text: receive, closed });
    const leave = (): void => socket.close();
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });

/** Publishes over a socket of its own, which is sent no messages; each frame is acknowledged by its id. */
export const openPublisher: OpenPublisher = (options, env) =>
  new Promise((resolve, reject) => {
    const { baseUrl, topic, client, token } = options;
    const waiting = new Map<number, { resolve(receipt: Receipt): void; reject(error: Error): void }>();
    let lastId = 0;
    const closed = (code: number): void => {
      const lost = new Error(`The socket was closed (${code}) before the server acknowledged.`);
      reject(lost);
      for (const { reject: fail } of waiting.values()) fail(lost);
      waiting.clear();
    };
    const receive = (text: string): void => {
      const frame = parseFrame(text);
      if (!('control' in frame)) return;
      if (frame.control === 'open') resolve({ publish, close: () => socket.close() });
      if (frame.control !== 'ack' && frame.control !== 'error') return;
      const sent = waiting.get(frame.id ?? 0);
      waiting.delete(frame.id ?? 0);
      if (frame.control === 'ack') sent?.resolve(frame);
      else sent?.reject(new ProblemError(frame.code, frame.detail));
    };
    const url = toSocketUrl(feedUrl(baseUrl, topic, 'websocket', { mode: 'publish', client }));
    const socket = env.openSocket(url, { text: receive, closed });

    function publish(draft: Draft): Promise<Receipt> {
      const id = ++lastId;
      const frame: PublishFrame = { publish: draft, id, ...(token === undefined ? {} : { token }) };
      return new Promise((resolveOne, rejectOne) => {
        waiting.set(id, { resolve: resolveOne, reject: rejectOne });
        socket.send(JSON.stringify(frame));
      });
    }
  });

function parseFrame(text: string): Message | ControlFrame {
  return JSON.parse(text) as Message | ControlFrame; // the wire's promise (server/wire.ts)
}

function toSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}
