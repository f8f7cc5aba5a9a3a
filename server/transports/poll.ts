import type { ServerResponse } from 'node:http';
import type { Entry, PageEncoding } from '../feed/entry.ts';
import type { ReadLimit } from '../feed/log.ts';
import type { Topic } from '../feed/topic.ts';
import { formatCursor, type PollAnswer, type Position } from '../wire.ts';
import type { Conduct } from './conduct.ts';

/** A poll's answer is bounded; the client asks again at once from the cursor it was given. */
const POLL_LIMIT: ReadLimit = { messages: 1000, bytes: 1024 * 1024 };

/** A body with nothing special about it: the same bytes for all who ask from the same cursor. */
const POLL_BODY: PageEncoding = (entries) => pollBody(entries, { cursor: entries.at(-1)?.cursor ?? '' });

/** `fields` stand behind the messages. */
function pollBody(entries: readonly Entry[], fields: Omit<PollAnswer, 'messages'>): Buffer {
  const items = entries.map((entry) => entry.envelope.toString()).join(',');
  return Buffer.from(`{"messages":[${items}],${JSON.stringify(fields).slice(1)}`);
}

/** Answers a poll with what follows `position`; where nothing does, it says where the reader stands. */
export function answerPoll(
  response: ServerResponse,
  conduct: Conduct,
  topic: Topic,
  position: Position,
): void {
  const { gap, page } = topic.read(position, POLL_LIMIT);
  const more = topic.hasAfter(page.end);
  const body =
    gap || more || page.entries.length === 0
      ? pollBody(page.entries, {
          cursor: formatCursor(page.end),
          ...(gap && { gap }),
          ...(more && { more }),
        })
      : page.as(POLL_BODY);
  response.setHeader('Content-Length', body.length);
  response.writeHead(200, conduct.bodyHeaders);
  response.end(body);
}

/** Answers a poll that has nothing new to say. */
export function answerNothing(response: ServerResponse, conduct: Conduct): void {
  response.writeHead(204, conduct.headers);
  response.end();
}
