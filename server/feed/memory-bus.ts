import { randomBytes } from 'node:crypto';
import { formatCursor, type Receipt } from '../wire.ts';
import type { Bus, BusDraft, BusReceiver } from './bus.ts';

interface MemoryTopic {
  readonly epoch: string;
  readonly receiver: BusReceiver;
  seq: number;
}

/** The bus of a single process. An epoch is one life of a topic: a restart begins a new one. */
export function createMemoryBus(): Bus {
  const topics = new Map<string, MemoryTopic>();
  let lastEpochMs = 0;
  return {
    join(topic, receiver) {
      if (topics.has(topic)) throw new Error(`topic ${topic} is joined already`);
      lastEpochMs = Math.max(Date.now(), lastEpochMs + 1);
      const epoch = lastEpochMs.toString(36) + randomBytes(3).toString('hex');
      topics.set(topic, { epoch, receiver, seq: 0 });
      receiver.begin(epoch, 0);
    },
    leave(topic) {
      topics.delete(topic);
    },
    async publish(topic: string, draft: BusDraft): Promise<Receipt> {
      const state = topics.get(topic);
      if (!state) throw new Error(`topic ${topic} is not joined`);
      state.seq += 1;
      const { epoch, seq } = state;
      state.receiver.receive({ ...draft, epoch, seq });
      return { seq, at: draft.at, cursor: formatCursor({ epoch, seq }) };
    },
    close: async () => undefined,
  };
}
