import { createHeldPolls, type PollReply } from './held-poll.ts';
import { answerNothing, answerPoll } from './poll.ts';
import type { TransportFactory } from './transport.ts';

const REPLY: PollReply = { answer: answerPoll, nothing: answerNothing };

/** Long poll: the request is held until there is news, or until its time is up. */
const longPoll: TransportFactory = () => createHeldPolls(() => REPLY);

export default longPoll;
