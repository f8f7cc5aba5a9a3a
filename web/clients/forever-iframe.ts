import { diagnose, type TransportClient } from './client.ts';
import { createFrameReader } from './frames.ts';
import { needPage } from './page.ts';

/** A document that does not end, in a hidden frame that hands on what its scripts are called with. */
export const connect: TransportClient['connect'] = (session) =>
  new Promise((resolve, reject) => {
    const { env, signal } = session;
    const page = needPage(env);
    const frames = createFrameReader(session);
    const url = session.url();
    const end = session.request();
    const leave = (): void => {
      stop();
      end('ended');
      resolve();
    };
    const stop = page.openFrame(url, {
      value(value) {
        if (!frames.take(value)) leave();
      },
      async ended() {
        // A refusal is a document as well: it is complete, and none of the feed's.
        const problem = frames.opened ? undefined : await diagnose(url, env, signal);
        signal.removeEventListener('abort', leave);
        end(frames.opened ? 'ended' : 'failed');
        if (problem) reject(problem);
        else resolve();
      },
    });
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });
