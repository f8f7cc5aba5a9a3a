import { get } from 'node:http';
import { startServer } from '../../../../server/app.ts';
import { readConfig } from '../../../../server/config.ts';
import { Feed } from '../../../../server/feed/feed.ts';
import { DEFAULT_TOPIC, isTransportName, type Stats } from '../../../../server/wire.ts';
import { FIRST_SEQ, type PeerMessage, peerMessage } from '../message.ts';
import { servedTransport, servePeer } from '../serve.ts';

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

let url = '';
let feed: Feed | undefined;

// startServer keeps its feed to itself. The first to ask it for a topic tells which it is, and from then on all
// is as it was: nothing of this is in the path that is measured.
const { topic } = Feed.prototype;
Feed.prototype.topic = function (name) {
  feed = this;
  Feed.prototype.topic = topic;
  return topic.call(this, name);
};

servePeer({
  async listen() {
    ({ url } = await startServer(config, onError));
    await ask(`/feeds/${DEFAULT_TOPIC}/short-poll`);
    // Its numbers begin with 1: now they are as long as those of the others, and its log is full, as after a while.
    for (let seq = 1; seq < FIRST_SEQ; seq++) publish([peerMessage(seq)]);
    return Number(new URL(url).port);
  },
  publish,
  held: () => feed?.stats[DEFAULT_TOPIC]?.subscribers ?? 0,
  async served() {
    const stats = JSON.parse(await ask('/api/stats')) as Stats; // the wire's promise (server/wire.ts)
    return stats.traffic[transport].requests;
  },
});

function publish(messages: readonly PeerMessage[]): void {
  if (!feed) throw new Error('The lab has not told its feed.');
  const lab = feed.topic(DEFAULT_TOPIC);
  for (const { at, type, data } of messages) {
    feed.publish(lab, { type, data }, at).catch((error: unknown) => onError(error, { stage: 'publish' }));
  }
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
