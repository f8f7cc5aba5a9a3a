import { TRANSPORTS, type TransportInfo } from '../../server/wire.ts';
import type { Lane, Metric } from './schema.ts';

type Pacing = TransportInfo['paced'];

/** The mechanism behind a metric, for two kinds of transport: the allegedly better one first. */
const WHY: Readonly<Record<string, Partial<Record<`${Pacing}>${Pacing}`, string>>>> = {
  p50: {
    'push>push':
      'Both write a message the moment it is published; what is left is how each is framed and parsed.',
    'push>hold':
      'A held request is answered like a push; only a message that falls into the gap between two requests waits, so that the long poll pays part of a round trip and no more.',
    'hold>interval': 'A short poll waits half its interval on the mean, however near the server is.',
    'push>interval': 'A short poll waits half its interval on the mean, however near the server is.',
  },
  requests: {
    'push>push': 'Neither makes a request once it is connected.',
    'push>hold': 'A stream needs no request for a message.',
    'hold>interval':
      'A long poll asks once for each message, or for those that came while it was asking; a short poll asks at its interval. Where several messages fall into one interval the short poll makes fewer requests, not more.',
    'push>interval':
      'A stream needs no request for a message; a short poll asks at its interval, whether there is anything or not.',
  },
  bytes: {
    'push>push':
      'A WebSocket frame has 2 to 4 bytes of its own here, an SSE event its id and its field names.',
    'push>hold': 'Each answer to a poll comes with the heads of a request and a response.',
    'hold>interval':
      'The heads of a request and a response are shared by the messages an answer carries: the more of them fall into an interval, the less each costs. A long poll is answered at the first.',
    'push>interval':
      'A poll’s heads are shared by the messages it carries: with many of them a message costs little more than itself, as over a stream; an empty poll is all heads.',
  },
  wireBytes: {
    'push>push': 'As at the socket, with the same segments around them.',
    'push>hold':
      'Each message that is pushed alone is a segment and an acknowledgement; so is each request and each answer.',
    'hold>interval':
      'A batch shares segments and acknowledgements as well as heads: what a poll carries in one answer, the others send one by one.',
    'push>interval':
      'A message that is pushed alone is a segment of its own and an acknowledgement; a poll shares both, and its heads, among the messages of an answer. From a handful of messages an interval on that is less than a stream needs.',
  },
  cpu: {
    'push>push':
      'The same bytes go to every subscriber in either case; an event’s fields cost a little more than a frame.',
    'push>hold': 'A push is one write; a poll is a request to parse, a response to build and one write.',
    'hold>interval':
      'What a request costs is shared by the messages its answer carries. Where few fall into an interval, the empty polls cost more than they save.',
    'push>interval':
      'A push is one write for each message and subscriber; a poll is a request for all messages of an interval. The more there are, the less each costs, down to less than a write.',
  },
  rss: {
    'push>hold':
      'Both hold a socket for each subscriber; the long poll holds a request and its response with it.',
    'push>push':
      'Both hold a socket; SSE holds the HTTP response it is part of as well, WebSocket its own state.',
    'hold>interval': 'Short polls hold nothing between two requests but the kept connection.',
    'push>interval':
      'Short polls hold nothing between two requests but the kept connection; a stream holds its response or its socket’s state as well.',
  },
};
const SAME_REASON: Readonly<Record<string, string>> = { p99: 'p50' };

/** Why one lane differs from another in a metric, where the mechanism is known. */
export function whyOf(metric: Metric, better: Lane, worse: Lane): string | undefined {
  if (!better.transport || !worse.transport) return undefined;
  const pair = `${TRANSPORTS[better.transport].paced}>${TRANSPORTS[worse.transport].paced}` as const;
  return WHY[SAME_REASON[metric.id] ?? metric.id]?.[pair];
}
