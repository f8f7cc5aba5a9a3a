import { type ReadonlySignal, signal } from '@preact/signals';
import { DEFAULT_TOPIC, type Message, type Receipt, type TransportName } from '../../server/wire.ts';
import type { Env, Publisher } from '../clients/client.ts';
import { openPublisher as openPost } from '../clients/post.ts';

/** What has become of the message that was last published from the page. */
export type ByHand =
  | { readonly kind: 'sending'; readonly via: TransportName }
  | {
      readonly kind: 'acknowledged';
      readonly via: TransportName;
      readonly receipt: Receipt;
      /** From sending it to its acknowledgement: ms. */
      readonly tookMs: number;
      /** Where it has come back, in the order in which it did; after the server had it: ms. */
      readonly arrivals: readonly Arrived[];
    }
  | { readonly kind: 'refused'; readonly via: TransportName; readonly detail: string };

export interface Arrived {
  readonly name: TransportName;
  readonly afterMs: number;
}

export interface HandPublisher {
  readonly last: ReadonlySignal<ByHand | undefined>;
  /** Over the transport's own way up, or by POST where it has none. Rejects as the publisher does. */
  publish(via: TransportName, text: string): Promise<void>;
  /** To be told of each message of the feed. */
  received(name: TransportName, message: Message, receivedAt: number): void;
  setToken(token: string): void;
  stop(): void;
}

export interface HandPublisherOptions {
  readonly env: Env;
  readonly baseUrl: string;
  readonly client: string;
  readonly token: string | undefined;
}

/** What messages from here are called, to be told from the synthetic ones. */
const TYPE = 'note';
/** Messages whose arrivals are remembered: one may come back before its acknowledgement. */
const REMEMBERED = 20;

export function createHandPublisher(options: HandPublisherOptions): HandPublisher {
  const { env, baseUrl, client } = options;
  const last = signal<ByHand | undefined>(undefined);
  const publishers = new Map<TransportName, Promise<Publisher>>();
  const arrivals = new Map<number, readonly Arrived[]>();
  let token = options.token;

  async function open(via: TransportName): Promise<Publisher> {
    const { openPublisher = openPost } = await env.loadTransport(via);
    const credentials = token === undefined ? {} : { token };
    return openPublisher({ baseUrl, topic: DEFAULT_TOPIC, client, ...credentials }, env);
  }

  function publisherOf(via: TransportName): Promise<Publisher> {
    const known = publishers.get(via) ?? open(via);
    publishers.set(via, known);
    return known;
  }

  function close(via: TransportName): void {
    publishers.get(via)?.then(
      (publisher) => publisher.close(),
      () => undefined,
    );
    publishers.delete(via);
  }

  const closeAll = (): void => [...publishers.keys()].forEach(close);

  return {
    last,
    async publish(via, text) {
      last.value = { kind: 'sending', via };
      try {
        const publisher = await publisherOf(via);
        const sentAt = performance.now();
        const receipt = await publisher.publish({ type: TYPE, data: text });
        const tookMs = performance.now() - sentAt;
        const came = arrivals.get(receipt.seq) ?? [];
        last.value = { kind: 'acknowledged', via, receipt, tookMs, arrivals: came };
      } catch (error) {
        close(via); // the next begins with a publisher that has lost nothing
        last.value = { kind: 'refused', via, detail: error instanceof Error ? error.message : String(error) };
        throw error;
      }
    },
    received(name, { type, seq, at }, receivedAt) {
      if (type !== TYPE) return;
      const came = [...(arrivals.get(seq) ?? []), { name, afterMs: Math.max(0, receivedAt - at) }];
      arrivals.set(seq, came);
      for (const oldest of [...arrivals.keys()].slice(0, -REMEMBERED)) arrivals.delete(oldest);
      const known = last.peek();
      if (known?.kind === 'acknowledged' && known.receipt.seq === seq)
        last.value = { ...known, arrivals: came };
    },
    setToken(next) {
      token = next;
      closeAll();
    },
    stop: closeAll,
  };
}
