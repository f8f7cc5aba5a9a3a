import { Incident, type OnError } from '../problem.ts';
import { type Bus, type BusDraft, busAway } from './bus.ts';

/** What may wait for its place at a time, with what it takes to keep a message waiting: bytes. */
const WAITING_BYTES = 64 * 1024 ** 2;
const MESSAGE_BYTES = 512;

/**
 * A bus for which publishing may have to wait, with a bound to what waits: beyond it `publish` rejects with `bus-away`,
 * so that a bus which falls behind does not fill the server's memory. One message is always taken. `onError` hears of the
 * first that is refused, and again when none has been waiting since.
 */
export function boundWaiting(bus: Bus, onError: OnError): Bus {
  let waitingBytes = 0;
  let told = false;
  return {
    ...bus,
    async publish(topic, draft) {
      const bytes = MESSAGE_BYTES + bodyBytes(draft);
      if (waitingBytes > 0 && waitingBytes + bytes > WAITING_BYTES) {
        const detail = `The bus is behind: ${waitingBytes} bytes wait for their place already.`;
        if (!told) onError(new Incident(`${detail} What comes beyond is refused.`), { stage: 'bus' });
        told = true;
        throw busAway(detail);
      }
      waitingBytes += bytes;
      try {
        return await bus.publish(topic, draft);
      } finally {
        waitingBytes -= bytes;
        if (waitingBytes === 0) told = false;
      }
    },
  };
}

function bodyBytes({ body }: BusDraft): number {
  return 'bytes' in body ? body.bytes.length : Buffer.byteLength(body.json);
}
