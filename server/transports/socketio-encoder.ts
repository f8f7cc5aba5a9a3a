import { Encoder, type Packet, PacketType } from 'socket.io-parser';
import type { Entry } from '../feed/entry.ts';

/** A message of the log as an argument of Socket.IO's `emit`: one object for all that it is emitted to. */
export class EmittedMessage {
  /** What the default parser makes of the event `message` with this message and its cursor. */
  readonly packets: string[];
  readonly #envelope: Buffer;

  constructor(entry: Entry) {
    this.#envelope = entry.envelope;
    this.packets = [`${PacketType.EVENT}["message",${entry.envelope},${JSON.stringify(entry.cursor)}]`];
  }

  /** What a parser that knows nothing of it sends. */
  toJSON(): unknown {
    return JSON.parse(this.#envelope.toString());
  }
}

/**
 * The default encoder, but a message is encoded once for all of its subscribers, as on every other transport:
 * `emit` has each of them encode it anew, which only `emit` to a room does not. Since every subscriber reads the log
 * from where it stands, there are no rooms. The bytes are the default parser's, so that any client understands them.
 */
export class SharingEncoder extends Encoder {
  override encode(packet: Packet): (string | Buffer)[] {
    const message: unknown = packet.type === PacketType.EVENT ? packet.data[1] : undefined;
    return message instanceof EmittedMessage ? message.packets : super.encode(packet);
  }
}
