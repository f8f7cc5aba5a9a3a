import { answerNothing, answerPoll } from './poll.ts';
import type { TransportFactory } from './transport.ts';

/** Short poll: whether there is news or not, the answer comes at once. */
const shortPoll: TransportFactory = () => ({
  serve({ response, topic, position, resumes, conduct }) {
    if (resumes && !topic.hasAfter(position)) answerNothing(response, conduct);
    else answerPoll(response, conduct, topic, position);
  },
});

export default shortPoll;
