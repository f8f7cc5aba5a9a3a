import { expect, test } from 'vitest';
import type { BusDraft, BusReceiver, BusRecord } from './bus.ts';
import { Feed } from './feed.ts';
import { createMemoryBus } from './memory-bus.ts';
import { createRelay, createRelayBus } from './relay-bus.ts';

/** A feed with room for so many topics, and a process that follows it. */
function createFeed(topics: number) {
  const settings = { log: { messages: 100, bytes: 1e6 }, coalesceMs: 0, topics, messageBytes: 1e6 } as const;
  return new Feed(createMemoryBus(), settings, (error) => {
    throw error;
  });
}

function createProcess(feed: Feed) {
  const relay = createRelay(feed, (topic, records) => bus.take(topic, records));
  const bus = createRelayBus(relay, (error) => {
    throw error;
  });
  return bus;
}

class Heard implements BusReceiver {
  readonly seqs: number[] = [];
  begin(): void {
    this.seqs.length = 0;
  }
  receive({ seq }: BusRecord): void {
    this.seqs.push(seq);
  }
}

const DRAFT: BusDraft = { at: 0, type: 't', body: { json: '1' } };
const refused = expect.objectContaining({ code: 'too-many' });

test('a topic that was refused for want of room is followed as soon as there is some', async () => {
  const feed = createFeed(1);
  const [a, b] = [createProcess(feed), createProcess(feed)];
  a.join('x', new Heard());
  await a.settle?.('x');
  const heard = new Heard();
  b.join('y', heard);
  await expect(b.settle?.('y')).rejects.toEqual(refused);
  await expect(b.publish('y', DRAFT)).rejects.toEqual(refused);
  a.leave('x');
  await b.settle?.('y');
  await b.publish('y', DRAFT);
  expect(heard.seqs).toEqual([1]);
  await feed.publish(feed.topic('y'), { type: 't', data: 2 });
  await expect.poll(() => heard.seqs).toEqual([1, 2]);
});
