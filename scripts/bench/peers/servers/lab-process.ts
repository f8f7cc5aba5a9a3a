import { startLab } from '../../../testing/lab.ts';
import { FIRST_SEQ, type PeerMessage, peerMessage, postedMessage } from '../message.ts';
import { createPostPublisher } from '../post-publisher.ts';
import { processUse } from '../process-use.ts';
import { servePeer } from '../serve.ts';

/**
 * The lab as a process of its own, fed from outside as nchan is, with what stands behind the transport as its flags.
 */
const PREPARED_AT_ONCE = 64;

// Heartbeats would add to the bytes, and the peers send none in so short a time.
const lab = await startLab(['--heartbeat-ms', '600000', ...process.argv.slice(3)]);
const port = Number(new URL(lab.url).port);
const post = createPostPublisher({ port, path: '/feeds/lab/messages', contentType: 'application/json' });

servePeer({
  async listen() {
    // Its numbers begin with 1: now they are as long as those of the others, and its log is full, as after a while.
    for (let seq = 1; seq < FIRST_SEQ; seq += PREPARED_AT_ONCE) {
      const count = Math.min(PREPARED_AT_ONCE, FIRST_SEQ - seq);
      await publish(Array.from({ length: count }, (_, i) => peerMessage(seq + i)));
    }
    return port;
  },
  publish,
  outside: {
    pids: [lab.pid],
    use: () => processUse(lab.pid),
    end: async () => {
      await lab.stop('SIGKILL');
    },
  },
});

function publish(messages: readonly PeerMessage[]): Promise<void> {
  return post(messages.map((message) => JSON.stringify(postedMessage(message))));
}
