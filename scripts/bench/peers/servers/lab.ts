import { get } from 'node:http';
import { startServer } from '../../../../server/app.ts';
import { readConfig } from '../../../../server/config.ts';
import { DEFAULT_TOPIC, isTransportName, type Stats, TRANSPORTS } from '../../../../server/wire.ts';
import { FIRST_SEQ, type PeerMessage, peerMessage } from '../message.ts';
import { servedTransport, servePeer } from '../serve.ts';

/** More than any turn publishes. */
const READ_LIMIT = { messages: 1000, bytes: 1024 ** 2 };

/** The lab itself, as `npm start` runs it; its publisher sits in the same process, as those of the peers do. */
const transport = servedTransport();
if (!isTransportName(transport)) throw new Error(`There is no transport ${transport}.`);
// Heartbeats would add to the bytes, and the peers send none in so short a time.
const config = readConfig([
  '--port',
  '0',
  '--rate',
  '0',
  '--heartbeat-ms',
  '600000',
  ...process.argv.slice(3),
]);
const onError = (error: unknown, { stage }: { stage: string }): void => console.error(`${stage}:`, error);

const { url, feed } = await startServer(config, onError);
const topic = feed.topic(DEFAULT_TOPIC);
/** Whoever is served after all others, as long as there are so many subscribers; and whom it tells. */
let last: ReturnType<typeof topic.attach> | undefined;
let subscribers = 0;
let tell: () => void = () => undefined;

const publish = async (messages: readonly PeerMessage[]): Promise<void> => {
  await Promise.all(messages.map(({ at, type, data }) => feed.publish(topic, { type, data }, at)));
};

servePeer({
  async listen() {
    // Its numbers begin with 1: now they are as long as those of the others, and its log is full, as after a while.
    await publish(Array.from({ length: FIRST_SEQ - 1 }, (_, i) => peerMessage(i + 1)));
    return Number(new URL(url).port);
  },
  publish: TRANSPORTS[transport].paced === 'push' ? publishToAll : publish,
  held: () => topic.stats.subscribers,
  async served() {
    const stats = JSON.parse(await ask('/api/stats')) as Stats; // the wire's promise (server/wire.ts)
    return stats.traffic[transport].requests;
  },
});

/**
 * Resolves when all have been written to. The lab does that in slices, with turns of the event loop in between: what
 * the next turn publishes before the last slice would go out with it, one write for two turns.
 */
async function publishToAll(messages: readonly PeerMessage[]): Promise<void> {
  const served = allServed();
  await publish(messages);
  await served;
}

/** Resolves when there is news and the last subscriber has had it: when one that joined after it has. */
function allServed(): Promise<void> {
  if (topic.stats.subscribers !== subscribers) {
    last?.close();
    last = topic.attach(topic.locate(undefined), (due) => {
      if (due.next(READ_LIMIT).page.entries.length > 0) tell();
    });
    ({ subscribers } = topic.stats);
  }
  return new Promise((resolve) => {
    tell = resolve;
  });
}

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(new URL(path, url), (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}
