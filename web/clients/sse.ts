import type { Bye, Gap, Message, Opening } from '../../server/wire.ts';
import type { TransportClient } from './client.ts';

const NAMED_EVENTS = ['open', 'beat', 'gap', 'bye'] as const;

/** One response that does not end; its events are messages, and a few with names. */
export const connect: TransportClient['connect'] = (session) =>
  new Promise((resolve, reject) => {
    const { env, signal } = session;
    const end = session.request();
    const leave = (): void => {
      stop();
      end('ended');
      resolve();
    };
    const stop = env.openEventStream(session.url(), NAMED_EVENTS, {
      event(name, data) {
        const value = parseData(data);
        if (value === undefined) leave();
        else if (name === 'open') session.opened(value as Opening);
        else if (name === 'beat') session.beat();
        else if (name === 'gap') session.gap(value as Gap);
        else if (name === 'bye') session.bye(value as Bye);
        else session.deliver([value as Message]);
      },
      end(problem) {
        signal.removeEventListener('abort', leave);
        end(problem ? 'failed' : 'ended');
        if (problem) reject(problem);
        else resolve();
      },
    });
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });

/** Undefined for what no server of this wire sends. Otherwise its promise (server/wire.ts) says what it is. */
function parseData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
