import { LabError } from '../problem.ts';
import { answerNothing, answerPoll } from './poll.ts';
import type { TransportFactory } from './transport.ts';

const HOLD_SECONDS = { min: 1, max: 60, default: 25 } as const;

/** Long poll: the request is held until there is news, or until its time is up (RFC 6202 §2). */
const longPoll: TransportFactory = () => {
  const held = new Set<() => void>();
  return {
    serve({ response, topic, position, resumes, query }) {
      const holdSeconds = readHold(query.get('wait'));
      if (!resumes) {
        answerPoll(response, topic, position);
        return;
      }
      const subscription = topic.attach(position, (due) => {
        if (!due.pending) return;
        letGo();
        answerPoll(response, topic, due.position);
      });
      const expire = (): void => {
        letGo();
        answerNothing(response);
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

function readHold(text: string | null): number {
  const seconds = text === null ? HOLD_SECONDS.default : Number(text);
  if (!(seconds >= HOLD_SECONDS.min && seconds <= HOLD_SECONDS.max)) {
    throw new LabError(
      'bad-value',
      `wait=${text} is not a number of seconds from ${HOLD_SECONDS.min} to ${HOLD_SECONDS.max}.`,
    );
  }
  return seconds;
}

export default longPoll;
