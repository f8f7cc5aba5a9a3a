import type { PageEncoding } from '../feed/entry.ts';
import type { ReadLimit } from '../feed/log.ts';
import type { Subscription } from '../feed/subscription.ts';
import type { Topic } from '../feed/topic.ts';
import { formatCursor, type Gap, type Opening, type Position } from '../wire.ts';
import type { Pulse, PulseMember } from './pulse.ts';

/** One write's worth of the log: enough to catch up quickly, little enough to be fair to the others. */
const STREAM_LIMIT: ReadLimit = { messages: 1000, bytes: 256 * 1024 };

/** How one push transport puts things into bytes, and where it puts them. */
export interface StreamSink {
  readonly encoding: PageEncoding;
  readonly open: (opening: Opening) => Buffer;
  readonly gap: (gap: Gap) => Buffer;
  /** Returns false where the socket wants no more until `drained`. */
  readonly write: (bytes: Buffer) => boolean;
  /** Called after a time of silence; `full` where the socket has not yet taken what it was given before. */
  readonly beat: (full: boolean) => void;
}

export interface StreamOptions {
  /** Ends after this many messages, by calling `onLimit`. */
  readonly messages?: number;
  readonly onLimit?: () => void;
}

/** The moving part of a push transport: a cursor that follows the log as fast as its socket takes it. */
export interface Stream {
  drained(): void;
  stop(): void;
}

/**
 * Starts to push: `open` first, then the log after `position`; one write a turn, none while the socket is full.
 * Without a pulse there are no heartbeats.
 */
export function startStream(
  topic: Topic,
  position: Position,
  sink: StreamSink,
  pulse: Pulse | undefined,
  options: StreamOptions = {},
): Stream {
  let greeting: Buffer | undefined = sink.open({
    cursor: formatCursor(position),
    ...(pulse && { heartbeatMs: pulse.silenceMs }),
  });
  let messagesLeft = options.messages ?? Number.POSITIVE_INFINITY;
  let full = false;
  const beat = (): void => sink.beat(full);
  const member: PulseMember = { lastWriteMs: performance.now(), beat };

  function next(subscription: Subscription): Buffer | undefined {
    const limit =
      messagesLeft < STREAM_LIMIT.messages ? { ...STREAM_LIMIT, messages: messagesLeft } : STREAM_LIMIT;
    const { gap, page } = subscription.next(limit);
    messagesLeft -= page.entries.length;
    const bytes = page.entries.length > 0 ? page.as(sink.encoding) : undefined;
    // By far the most common case: the page's bytes as they are, shared with every other subscriber.
    if (!greeting && !gap) return bytes;
    const parts = [greeting, gap && sink.gap(gap), bytes].filter((part) => part !== undefined);
    greeting = undefined;
    return Buffer.concat(parts);
  }

  const subscription = topic.attach(position, (due) => {
    const bytes = next(due);
    if (!bytes) return;
    const ready = sink.write(bytes);
    member.lastWriteMs = performance.now();
    if (messagesLeft === 0) {
      stop();
      options.onLimit?.();
    } else if (!ready) {
      full = true;
      due.pause();
    }
  });
  pulse?.join(member);

  function stop(): void {
    subscription.close();
    pulse?.leave(member);
  }

  function drained(): void {
    full = false;
    subscription.resume();
  }

  return { drained, stop };
}
