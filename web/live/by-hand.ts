import { type ReadonlySignal, signal } from '@preact/signals';
import { DEFAULT_TOPIC, type Message, type Receipt, type TransportName } from '../../server/wire.ts';
import type { Env } from '../clients/client.ts';
import { createPublisher, type RetryingPublisher } from '../clients/publish.ts';

/** What has become of the message that was last published from the page. */
export type ByHand =
  | { readonly kind: 'sending'; readonly via: TransportName }
  | {
      readonly kind: 'acknowledged';
      readonly via: TransportName;
      readonly receipt: Receipt;
      /** From sending it to its acknowledgement: ms. */
      readonly tookMs: number;
      /** Its way up had to be opened first, and that took a part of it. */
      readonly first: boolean;
      /** Where it has come back, in the order in which it did; after the server had it: ms. */
      readonly arrivals: readonly Arrived[];
    }
  | { readonly kind: 'refused'; readonly via: TransportName; readonly detail: string };

interface Arrived {
  readonly name: TransportName;
  readonly afterMs: number;
}

export interface HandPublisher {
  readonly last: ReadonlySignal<ByHand | undefined>;
  /**
   * Over the transport's own way up, or by POST where it has none; again and again while nobody acknowledges it.
   * Rejects where the server refuses it.
   */
  publish(via: TransportName, text: string): Promise<void>;
  /** To be told of each message of the feed. */
  received(name: TransportName, message: Message, receivedAt: number): void;
  setToken(token: string): void;
  stop(): void;
}

export interface HandPublisherOptions {
  readonly env: Env;
  readonly baseUrl: string;
  /** The label of the page's traffic: what goes up by hand is counted apart from what its lanes cost. */
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
  const publishers = new Map<TransportName, RetryingPublisher>();
  const arrivals = new Map<number, readonly Arrived[]>();
  let token = options.token;

  function open(via: TransportName): RetryingPublisher {
    const publisher = createPublisher(
      {
        transport: via,
        baseUrl,
        topic: DEFAULT_TOPIC,
        client: `${client}-hand`,
        ...(token !== undefined && { token }),
      },
      env,
    );
    publishers.set(via, publisher);
    return publisher;
  }

  function closeAll(): void {
    for (const publisher of publishers.values()) publisher.close();
    publishers.clear();
  }

  return {
    last,
    async publish(via, text) {
      last.value = { kind: 'sending', via };
      const known = publishers.get(via);
      const sentAt = performance.now();
      try {
        const receipt = await (known ?? open(via)).publish({ type: TYPE, data: text });
        const tookMs = performance.now() - sentAt;
        const came = arrivals.get(receipt.seq) ?? [];
        last.value = {
          kind: 'acknowledged',
          via,
          receipt,
          tookMs,
          first: known === undefined,
          arrivals: came,
        };
      } catch (error) {
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
