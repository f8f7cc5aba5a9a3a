import { LabError } from '../problem.ts';
import { scriptJson } from './callback.ts';
import { createHeldPolls, type PollReply } from './held-poll.ts';
import { createPollBody, sendBody } from './poll.ts';
import type { TransportFactory } from './transport.ts';

/** A name and nothing else: what is called is what the page has defined under it. */
const CALLBACK_PATTERN = /^[A-Za-z_$][\w$]{0,63}$/;

const scriptBody = createPollBody((json) => Buffer.from(scriptJson(json)));

const SCRIPT_END = Buffer.from(');');

/**
 * Answers with a script that calls `callback` with what a poll's answer is, be there news or not: a script tag takes
 * all but a 200 with content for a failure.
 */
function replyTo(callback: string): PollReply {
  // What the file begins with must not be the asker's choice: some name could make it another kind of file.
  const start = Buffer.from(`/**/${callback}(`);
  const answer: PollReply['answer'] = (response, { headers }, topic, position) =>
    sendBody(
      response,
      { ...headers, 'Content-Type': 'text/javascript; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
      Buffer.concat([start, scriptBody(topic, position), SCRIPT_END]),
    );
  return { answer, nothing: answer };
}

/**
 * JSONP: long poll by script tags, each answer a script that calls `?callback=`. A script reads past the same-origin
 * policy: the server looks at who asks.
 */
const jsonp: TransportFactory = ({ checkReader }) =>
  createHeldPolls(({ request, query }) => {
    checkReader(request);
    const callback = query.get('callback');
    if (callback === null || !CALLBACK_PATTERN.test(callback)) {
      throw new LabError(
        'bad-value',
        `callback=${callback?.slice(0, 80) ?? ''} is no name of a function: 1 to 64 of letters, digits, "_", "$", and no digit first.`,
      );
    }
    return replyTo(callback);
  });

export default jsonp;
