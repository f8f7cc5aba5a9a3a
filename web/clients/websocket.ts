import { type Draft, draftJson, type PublishFrame, type Receipt } from '../../server/wire.ts';
import { diagnose, feedUrl, type OpenPublisher, type TransportClient } from './client.ts';
import { createFrameReader, parseFrame, problemOfFrame } from './frames.ts';

/** One socket; its frames are messages, and control frames among them. */
export const connect: TransportClient['connect'] = (session) =>
  new Promise((resolve, reject) => {
    const { env, signal } = session;
    const url = session.url();
    const end = session.request();
    const frames = createFrameReader(session);
    const receive = (text: string): void => {
      if (!frames.read(text)) socket.close();
    };
    const closed = async (): Promise<void> => {
      signal.removeEventListener('abort', leave);
      end(frames.opened ? 'ended' : 'failed');
      const unexplained = !frames.opened && !frames.problem && !signal.aborted;
      const problem = unexplained ? await diagnose(url, env, signal) : frames.problem;
      if (problem) reject(problem);
      else resolve();
    };
    const socket = env.openSocket(toSocketUrl(url), { text: receive, closed });
    const leave = (): void => {
      socket.close();
      // Not waited for: a peer that is gone never closes in its turn, and Chromium gives it a minute.
      end(frames.opened ? 'ended' : 'failed');
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });

/** Publishes over a socket of its own, which is sent no messages; each frame is acknowledged by its id. */
export const openPublisher: OpenPublisher = (options, env) =>
  new Promise((resolve, reject) => {
    const { baseUrl, topic, client, token } = options;
    const waiting = new Map<number, { resolve(receipt: Receipt): void; reject(error: Error): void }>();
    let lastId = 0;
    /** Why nothing can be published any more. */
    let over: Error | undefined;
    const closed = (code: number): void => {
      over ??= new Error(`The socket was closed (${code}) before the server acknowledged.`);
      reject(over);
      for (const { reject: fail } of waiting.values()) fail(over);
      waiting.clear();
    };
    const receive = (text: string): void => {
      const frame = parseFrame(text);
      if (!frame || !('control' in frame)) return;
      if (frame.control === 'open') resolve({ publish, close });
      if (frame.control === 'ack') settle(frame.id)?.resolve(frame);
      if (frame.control !== 'error') return;
      const problem = problemOfFrame(frame);
      if (frame.id === undefined)
        over = problem; // about the connection, which ends with it
      else settle(frame.id)?.reject(problem);
    };
    const settle = (id: number) => {
      const sent = waiting.get(id);
      waiting.delete(id);
      return sent;
    };
    const url = toSocketUrl(feedUrl(baseUrl, topic, 'websocket', { mode: 'publish', client }));
    const socket = env.openSocket(url, { text: receive, closed });

    function close(): void {
      over ??= new Error('The publisher was closed.');
      socket.close();
    }

    function publish(draft: Draft): Promise<Receipt> {
      if (over) return Promise.reject(over);
      const id = ++lastId;
      const frame: PublishFrame = {
        publish: draftJson(draft),
        id,
        ...(token === undefined ? {} : { token }),
      };
      return new Promise((resolveOne, rejectOne) => {
        waiting.set(id, { resolve: resolveOne, reject: rejectOne });
        socket.send(JSON.stringify(frame));
      });
    }
  });

function toSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}
