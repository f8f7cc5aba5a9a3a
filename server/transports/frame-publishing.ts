import { asLabError, LabError, refusalOf } from '../problem.ts';
import type { ControlFrame, ErrorFrame } from '../wire.ts';
import type { PublishFrame } from './publish-frame.ts';
import type { TransportContext } from './transport.ts';

/** A connection that publishes by frames, and hears of each by its id. */
export interface FramePeer {
  readonly topicName: string;
  /** Where it is. */
  readonly address: string | undefined;
  /** What it has shown when it came, if anything. */
  readonly token: string | undefined;
  send(frame: ControlFrame): void;
  /** Says why, and ends the connection. */
  refuse(error: unknown): void;
  /** Sends an acknowledgement, and reads no further while it cannot be sent. */
  acknowledge(frame: ControlFrame): void;
}

/** Publishes what `parse` reads. A frame that can be answered by its id is, and the connection goes on. */
export function publishFrame(peer: FramePeer, context: TransportContext, parse: () => PublishFrame): void {
  const { feed, authorizeMessage, onError } = context;
  let id: number | undefined;
  try {
    const frame = parse();
    id = frame.id;
    if (id === undefined) throw new LabError('bad-message', 'A publish frame needs an "id", a whole number.');
    const ackId = id;
    authorizeMessage(frame.token ?? peer.token, peer.address);
    // Asked for anew by its name: a topic without messages may have made room for another.
    feed
      .publish(feed.topic(peer.topicName), frame.publish)
      .then((receipt) => peer.acknowledge({ control: 'ack', id: ackId, ...receipt }))
      .catch((error: unknown) => peer.send(errorFrame(error, onError, ackId)));
  } catch (error) {
    if (id === undefined) peer.refuse(error);
    else peer.send(errorFrame(error, onError, id));
  }
}

/** A refusal as a frame: of the publish frame with this id, or of the connection. */
export function errorFrame(error: unknown, onError: TransportContext['onError'], id?: number): ErrorFrame {
  const refused = asLabError(error);
  if (refused.code === 'internal') onError(error, { stage: 'frame' });
  return { control: 'error', ...(id === undefined ? {} : { id }), ...refusalOf(refused) };
}
