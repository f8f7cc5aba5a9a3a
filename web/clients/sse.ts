import type { Bye, Gap, Message } from '../../server/wire.ts';
import type { TransportClient } from './client.ts';

const NAMED_EVENTS = ['open', 'gap', 'bye'] as const;

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
        // The wire's promise (server/wire.ts) is what each event's data is.
        const value: unknown = JSON.parse(data);
        if (name === 'open') session.opened((value as { cursor: string }).cursor);
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
