import { now } from '../clock.ts';
import { LabError, type OnError } from '../problem.ts';
import { KEY_PATTERN, type Receipt, TOPIC_PATTERN, type TopicStats, TYPE_PATTERN } from '../wire.ts';
import type { Body, Bus } from './bus.ts';
import { Topic, type TopicSettings } from './topic.ts';

export interface FeedSettings extends TopicSettings {
  readonly topics: number;
  /** Of a message's data: as JSON, or its bytes. */
  readonly messageBytes: number;
}

/** All topics of a server: they come into being on first use and are bounded in number. */
export class Feed {
  readonly #bus: Bus;
  readonly #settings: FeedSettings;
  readonly #onError: OnError;
  readonly #topics = new Map<string, Topic>();

  constructor(bus: Bus, settings: FeedSettings, onError: OnError) {
    this.#bus = bus;
    this.#settings = settings;
    this.#onError = onError;
  }

  get messageBytes(): number {
    return this.#settings.messageBytes;
  }

  /** Throws `bad-topic` for a name out of form and `too-many` where there is room for no further topic. */
  topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known) return known;
    if (!TOPIC_PATTERN.test(name)) {
      throw new LabError(
        'bad-topic',
        `${JSON.stringify(name.slice(0, 80))} is no topic name: 1 to 64 of a-z, 0-9, ".", "_", "-", the first a letter or digit.`,
      );
    }
    this.#makeRoom();
    const topic = new Topic(name, this.#bus, this.#settings, this.#onError);
    this.#topics.set(name, topic);
    return topic;
  }

  /**
   * Checks and publishes what came from outside. `draft` is parsed JSON of unknown shape; its data may be a Uint8Array.
   * Throws `bad-message`, `too-large` or `key-reused`; `at` is when the message was due, now by default.
   */
  publish(topic: Topic, draft: unknown, at = now()): Promise<Receipt> {
    if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) {
      throw new LabError('bad-message', 'A message is an object: {"type":"…","data":…}.');
    }
    const { type, key } = draft as { type?: unknown; key?: unknown }; // both checked below
    if (typeof type !== 'string' || !TYPE_PATTERN.test(type)) {
      throw new LabError(
        'bad-message',
        'A message needs a "type": 1 to 64 of letters, digits, ".", "_", ":", "-".',
      );
    }
    if (key !== undefined && (typeof key !== 'string' || !KEY_PATTERN.test(key))) {
      throw new LabError('bad-message', 'A "key" is 1 to 64 of letters, digits, ".", "_", ":", "-".');
    }
    const body = readBody(draft);
    const bytes = 'bytes' in body ? body.bytes.length : Buffer.byteLength(body.json);
    if (bytes > this.#settings.messageBytes) throw tooLarge(this.#settings.messageBytes);
    return topic.publish({ at, type, body, key });
  }

  /**
   * Resolves once `topic(name)` can be read behind `after`; undefined where it can be at once, or never. Rejects with
   * `bus-away` where the bus has to be asked and cannot be.
   */
  settle(name: string, after: string | undefined): Promise<void> | undefined {
    if (!this.#bus.settle) return undefined;
    try {
      return this.topic(name).settle(after);
    } catch {
      return undefined; // what `topic` throws, whoever asks for it hears
    }
  }

  /** Forgets a topic with all that it holds; whoever still reads it gets nothing more. */
  drop(name: string): void {
    this.#topics.get(name)?.leave();
    this.#topics.delete(name);
  }

  get stats(): Record<string, TopicStats> {
    return Object.fromEntries([...this.#topics].map(([name, topic]) => [name, topic.stats]));
  }

  /** Only a topic without messages and subscribers may go: a flood of names cannot push out a feed in use. */
  #makeRoom(): void {
    if (this.#topics.size < this.#settings.topics) return;
    for (const [name, topic] of this.#topics) {
      if (!topic.idle) continue;
      topic.leave();
      this.#topics.delete(name);
      return;
    }
    throw new LabError('too-many', `All ${this.#settings.topics} topics are in use (--max-topics).`, {
      retryAfterMs: 60_000,
    });
  }
}

export function tooLarge(limitBytes: number): LabError {
  return new LabError('too-large', `The message is over ${limitBytes} bytes (--max-message-bytes).`);
}

/** Throws `bad-message`. */
function readBody(draft: { readonly data?: unknown; readonly base64?: unknown }): Body {
  const { data, base64 } = draft;
  if (data instanceof Uint8Array) return { bytes: Buffer.from(data) };
  if (base64 === undefined) return { json: stringifyData(data ?? null) };
  if (data !== undefined) throw new LabError('bad-message', 'A message has "data" or "base64", not both.');
  if (typeof base64 === 'string') {
    const bytes = Buffer.from(base64, 'base64');
    // Node reads what it can and leaves out the rest.
    if (bytes.toString('base64') === base64) return { bytes };
  }
  throw new LabError('bad-message', '"base64" is not base64 with padding (RFC 4648 §4).');
}

function stringifyData(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    // V8's JSON.stringify recurses: data nested tens of thousands of levels deep overflows the stack.
    throw new LabError('bad-message', 'The data is nested too deeply.', { cause });
  }
}
