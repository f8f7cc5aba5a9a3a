import type { ServerResponse } from 'node:http';
import type { Subscription } from '../feed/subscription.ts';
import { LabError } from '../problem.ts';
import type { Conduct } from './conduct.ts';
import { answerNothing, answerPoll } from './poll.ts';
import type { FeedRequest, TransportFactory } from './transport.ts';

/** Long poll: the request is held until there is news, or until its time is up (RFC 6202 §2). */
const longPoll: TransportFactory = () => {
  const held = new Set<HeldPoll>();
  return {
    serve(request) {
      const { response, topic, position, resumes, query, conduct } = request;
      const holdSeconds = readHold(query.get('wait'), conduct.holdSeconds);
      if (!resumes) {
        answerPoll(response, conduct, topic, position);
        return;
      }
      const poll = new HeldPoll(request, holdSeconds);
      held.add(poll);
      response.on('close', () => {
        poll.letGo();
        held.delete(poll);
      });
    },
    leave() {
      for (const poll of held) poll.leave();
    },
  };
};

/** A request that waits. */
class HeldPoll {
  readonly #response: ServerResponse;
  readonly #conduct: Conduct;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;

  constructor({ response, conduct, topic, position }: FeedRequest, holdSeconds: number) {
    this.#response = response;
    this.#conduct = conduct;
    this.#subscription = topic.attach(position, (due) => {
      if (!due.pending) return;
      this.letGo();
      answerPoll(response, conduct, topic, due.position);
    });
    this.#timer = setTimeout(() => this.expire(), holdSeconds * 1000);
  }

  expire(): void {
    this.letGo();
    answerNothing(this.#response, this.#conduct);
  }

  leave(): void {
    if (this.#response.headersSent) return;
    this.#response.setHeader('Connection', 'close');
    this.expire();
  }

  letGo(): void {
    clearTimeout(this.#timer);
    this.#subscription.close();
  }
}

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
