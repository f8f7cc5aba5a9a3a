import { LabError } from '../problem.ts';
import type { Conduct } from './conduct.ts';
import { answerNothing, answerPoll } from './poll.ts';
import type { TransportFactory } from './transport.ts';

/** Long poll: the request is held until there is news, or until its time is up (RFC 6202 §2). */
const longPoll: TransportFactory = () => {
  const held = new Set<() => void>();
  return {
    serve({ response, topic, position, resumes, query, conduct }) {
      const holdSeconds = readHold(query.get('wait'), conduct.holdSeconds);
      if (!resumes) {
        answerPoll(response, conduct, topic, position);
        return;
      }
      const subscription = topic.attach(position, (due) => {
        if (!due.pending) return;
        letGo();
        answerPoll(response, conduct, topic, due.position);
      });
      const expire = (): void => {
        letGo();
        answerNothing(response, conduct);
      };
      const leave = (): void => {
        response.setHeader('Connection', 'close');
        expire();
      };
      const timer = setTimeout(expire, holdSeconds * 1000);
      const letGo = (): void => {
        clearTimeout(timer);
        subscription.close();
        held.delete(leave);
      };
      held.add(leave);
      response.on('close', letGo);
    },
    leave() {
      for (const leave of held) leave();
    },
  };
};

function readHold(text: string | null, range: Conduct['holdSeconds']): number {
  const seconds = text === null ? range.default : Number(text);
  if (!(seconds >= range.min && seconds <= range.max)) {
    throw new LabError(
      'bad-value',
      `wait=${text} is not a number of seconds from ${range.min} to ${range.max}.`,
    );
  }
  return seconds;
}

export default longPoll;
