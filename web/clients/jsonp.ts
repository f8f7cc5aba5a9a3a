import type { PollAnswer } from '../../server/wire.ts';
import { diagnose, type Session } from './client.ts';
import { holdPolls } from './held-poll.ts';
import { needPage } from './page.ts';
import type { Ask } from './poll.ts';

/** One name is enough: what is loaded at the same time does not share its globals. */
const CALLBACK = 'receive';

/** A script that calls a function with the answer. */
const askByScript: Ask = (session, parameters) =>
  new Promise((resolve, reject) => {
    const { env, signal } = session;
    const url = session.url({ ...parameters, callback: CALLBACK });
    let answer: PollAnswer | undefined;
    const leave = (): void => {
      stop();
      reject(new Error('The poll was given up.'));
    };
    const stop = needPage(env).loadScript(url, CALLBACK, {
      value(value) {
        session.beat();
        answer = value as PollAnswer; // the wire's promise (server/wire.ts)
      },
      async ended(called) {
        if (called) resolve(answer);
        else reject((await whyRefused(session)) ?? new Error('No script came, or none of the feed’s.'));
        signal.removeEventListener('abort', leave);
      },
    });
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  });

/** A script that fails tells nothing: asks plainly, not to be held for long. */
function whyRefused({ env, signal, url }: Session): ReturnType<typeof diagnose> {
  return diagnose(url({ wait: '1', callback: CALLBACK }), env, signal);
}

/** Held requests, one after another, each by a script tag. */
export const connect = holdPolls(askByScript);
