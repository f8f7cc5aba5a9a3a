import type { ServerResponse } from 'node:http';
import type { Entry, PageEncoding } from '../feed/entry.ts';
import type { ReadLimit } from '../feed/log.ts';
import type { Topic } from '../feed/topic.ts';
import { formatCursor, type PollAnswer, type Position } from '../wire.ts';
import type { Conduct } from './conduct.ts';

/** A poll's answer is bounded; the client asks again at once from the cursor it was given. */
const POLL_LIMIT: ReadLimit = { messages: 1000, bytes: 1024 * 1024 };

/** The JSON of a poll's answer: what follows `position`; where nothing does, where the reader stands. */
export type PollBody = (topic: Topic, position: Position) => Buffer;

/** `write` makes bytes of the JSON. A module constant: what is the same for all who ask is made once. */
export function createPollBody(write: (json: string) => Buffer): PollBody {
  /** `fields` stand behind the messages. */
  const bodyOf = (entries: readonly Entry[], fields: Omit<PollAnswer, 'messages'>): Buffer => {
    const items = entries.map((entry) => entry.envelope.toString()).join(',');
    return write(`{"messages":[${items}],${JSON.stringify(fields).slice(1)}`);
  };
  /** A body with nothing special about it: the same bytes for all who ask from the same cursor. */
  const plain: PageEncoding = (entries) => bodyOf(entries, { cursor: entries.at(-1)?.cursor ?? '' });
  return (topic, position) => {
    const { gap, page } = topic.read(position, POLL_LIMIT);
    const more = topic.hasAfter(page.end);
    if (!gap && !more && page.entries.length > 0) return page.as(plain);
    return bodyOf(page.entries, {
      cursor: formatCursor(page.end),
      ...(gap && { gap }),
      ...(more && { more }),
    });
  };
}

const jsonBody = createPollBody((json) => Buffer.from(json));

/** Answers a poll with what follows `position`; where nothing does, it says where the reader stands. */
export function answerPoll(
  response: ServerResponse,
  conduct: Conduct,
  topic: Topic,
  position: Position,
): void {
  sendBody(response, conduct.bodyHeaders, jsonBody(topic, position));
}

export function sendBody(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): void {
  response.setHeader('Content-Length', body.length);
  response.writeHead(200, headers);
  response.end(body);
}

/** Answers a poll that has nothing new to say. */
export function answerNothing(response: ServerResponse, conduct: Conduct): void {
  response.writeHead(204, conduct.headers);
  response.end();
}
