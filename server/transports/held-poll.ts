import type { ServerResponse } from 'node:http';
import type { Subscription } from '../feed/subscription.ts';
import type { Topic } from '../feed/topic.ts';
import { LabError } from '../problem.ts';
import type { Position } from '../wire.ts';
import type { Conduct } from './conduct.ts';
import type { FeedRequest, Transport } from './transport.ts';

/** How a poll is answered. */
export interface PollReply {
  /** With what follows `position`; where nothing does, with where the reader stands. */
  readonly answer: (response: ServerResponse, conduct: Conduct, topic: Topic, position: Position) => void;
  /** With the word that there is nothing new behind it. */
  readonly nothing: (response: ServerResponse, conduct: Conduct, topic: Topic, position: Position) => void;
}

/**
 * A transport whose requests are held until there is news, or until their time (`?wait=` seconds) is up (RFC 6202 §2).
 * `read` looks at what a request asks for beside that; it may throw a LabError.
 */
export function createHeldPolls(read: (request: FeedRequest) => PollReply): Transport {
  const held = new Set<HeldPoll>();
  return {
    serve(request) {
      const { response, topic, position, resumes, query, conduct } = request;
      const reply = read(request);
      const holdSeconds = readHold(query.get('wait'), conduct.holdSeconds);
      if (!resumes) {
        reply.answer(response, conduct, topic, position);
        return;
      }
      const poll = new HeldPoll({ response, topic, position, conduct }, reply, holdSeconds);
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
}

/** What is kept of a request for as long as it waits. */
type Held = Pick<FeedRequest, 'response' | 'topic' | 'position' | 'conduct'>;

/** A request that waits. */
class HeldPoll {
  readonly #held: Held;
  readonly #reply: PollReply;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;

  constructor(held: Held, reply: PollReply, holdSeconds: number) {
    this.#held = held;
    this.#reply = reply;
    const { response, conduct, topic, position } = held;
    this.#subscription = topic.attach(position, (due) => {
      if (!due.pending) return;
      this.letGo();
      reply.answer(response, conduct, topic, due.position);
    });
    this.#timer = setTimeout(() => this.expire(), holdSeconds * 1000);
  }

  expire(): void {
    const { response, conduct, topic, position } = this.#held;
    this.letGo();
    this.#reply.nothing(response, conduct, topic, position);
  }

  leave(): void {
    const { response } = this.#held;
    if (response.headersSent) return;
    response.setHeader('Connection', 'close');
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
