import { expect } from 'vitest';
import {
  type ClientHost,
  type Gap,
  type Message,
  type Receipt,
  type Stats,
  TRANSPORT_NAMES,
  type TransportName,
} from '../../server/wire.ts';
import { addressOf } from './address.ts';
import type { Activity, ConnectionState, Env, FeedEvent, OpenPublisher } from './client.ts';
import type { HostedHop, HostedLab } from './contract.ts';
import { openPublisher as openPostPublisher } from './post.ts';
import { createPublisher, type PublishOptions, type RetryingPublisher } from './publish.ts';
import { sleep } from './sleep.ts';
import { type SubscribeOptions, type Subscription, subscribe } from './subscribe.ts';

/** Quick, so that the suite is. A case that is about time says its own. */
const QUICK = { intervalMs: 20, holdMs: 2000, retry: { baseMs: 20, capMs: 200 } } as const;

let topics = 0;

/** What one case works with. */
export class CaseContext {
  readonly transport: TransportName;
  /** Where the case runs. */
  readonly host: ClientHost;
  readonly env: Env;
  readonly lab: HostedLab;
  readonly topic: string;
  readonly #readers: Reader[] = [];
  readonly #publishers: RetryingPublisher[] = [];
  readonly #hops: HostedHop[] = [];

  constructor(transport: TransportName, host: ClientHost, env: Env, lab: HostedLab) {
    this.transport = transport;
    this.host = host;
    this.env = env;
    this.lab = lab;
    topics += 1;
    this.topic = `contract-${topics}`;
  }

  /** Subscribes over the transport under test, unless `options` name another. */
  read(options: Partial<SubscribeOptions> = {}, env = this.env): Reader {
    const { transport = this.transport } = options;
    const baseUrl = this.addressOf(transport);
    const reader = new Reader({ ...QUICK, transport, topic: this.topic, baseUrl, ...options }, env);
    this.#readers.push(reader);
    return reader;
  }

  /** Where the server speaks a transport: the one under test, unless another is named. */
  addressOf(transport = this.transport): string {
    return addressOf(transport, this.lab);
  }

  /** Puts a hop in front of the server, for as long as the case lasts. */
  async startHop(): Promise<HostedHop> {
    const hop = await this.lab.startHop(this.addressOf());
    this.#hops.push(hop);
    return hop;
  }

  /** Publishes by the way up of the transport under test, again and again until the server has said that it has it. */
  startPublisher(options: Partial<PublishOptions> = {}): RetryingPublisher {
    const { transport, topic, env } = this;
    const { retry } = QUICK;
    const publisher = createPublisher(
      { transport, topic, retry, baseUrl: this.addressOf(), ...options },
      env,
    );
    this.#publishers.push(publisher);
    return publisher;
  }

  /** Publishes in this order, all in flight at once; resolves with the receipts. */
  async publish(
    data: readonly unknown[],
    onReceipt = (_receipt: Receipt): void => undefined,
  ): Promise<Receipt[]> {
    const open = await fastestPublisher(this.env);
    const publisher = await open({ baseUrl: this.lab.url, topic: this.topic }, this.env);
    try {
      return await Promise.all(
        data.map(async (item) => {
          const receipt = await publisher.publish({ type: 'case', data: item });
          onReceipt(receipt);
          return receipt;
        }),
      );
    } finally {
      publisher.close();
    }
  }

  /** Publishes the numbers from `first` to `last`, all in flight at once; resolves with the receipts. */
  publishNumbers(first: number, last: number): Promise<Receipt[]> {
    return this.lab.publishNumbers(this.topic, first, last);
  }

  async stats(client?: string): Promise<Stats> {
    const { signal } = new AbortController();
    const query = client === undefined ? '' : `?client=${client}`;
    const response = await this.env.fetch(`${this.lab.url}/api/stats${query}`, { signal });
    return (await response.json()) as Stats; // the wire's promise (server/wire.ts)
  }

  async close(): Promise<void> {
    for (const publisher of this.#publishers) publisher.close();
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await Promise.all(this.#hops.map((hop) => hop.stop()));
    await this.lab.release();
  }
}

/** A subscription and what was seen of it. */
export class Reader {
  readonly subscription: Subscription;
  readonly activities: Activity[] = [];
  readonly #iterator: AsyncIterator<FeedEvent, unknown>;
  readonly #ending = new AbortController();
  readonly #watchers = new Set<() => void>();

  constructor(options: SubscribeOptions, env: Env) {
    const observe = (activity: Activity): void => {
      this.activities.push(activity);
      for (const check of this.#watchers) check();
    };
    this.subscription = subscribe({ ...options, signal: this.#ending.signal, observe }, env);
    this.#iterator = this.subscription[Symbol.asyncIterator]();
  }

  /** Resolves when the subscription has come to `state` and has done so `times` times in all. */
  async reached(state: ConnectionState, times = 1): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.timesOf(state).length < times) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** When it came to `state`, each time: the Env's clock, ms. */
  timesOf(state: ConnectionState): readonly number[] {
    return this.activities.flatMap((one) => (one.kind === 'state' && one.state === state ? one.at : []));
  }

  /** Requests begun so far. */
  get requests(): number {
    return this.activities.filter(({ kind }) => kind === 'request').length;
  }

  async event(): Promise<FeedEvent> {
    const { value, done } = await this.#iterator.next();
    // An iterator that is not done has a value of its type.
    if (!done) return value as FeedEvent;
    throw new Error('The subscription has ended.');
  }

  async message(): Promise<Message> {
    const event = await this.event();
    if (event.kind === 'message') return event.message;
    throw new Error(`A gap came where a message was due: ${JSON.stringify(event.gap)}`);
  }

  async messages(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.message());
    return messages;
  }

  async gap(): Promise<Gap> {
    const event = await this.event();
    if (event.kind === 'gap') return event.gap;
    throw new Error(`A message came where a gap was due: ${JSON.stringify(event.message)}`);
  }

  /**
   * Reads up to message `last`, being at `seq`; every message must be the next one, after a gap of exactly what
   * is missing. Returns how many were missed.
   */
  async readTo(last: number, seq = 0): Promise<number> {
    let at = seq;
    let missed = 0;
    while (at < last) {
      const event = await this.event();
      if (event.kind === 'gap') {
        expect(event.gap.missed).toBeGreaterThan(0);
        missed += event.gap.missed ?? Number.NaN;
        at += event.gap.missed ?? Number.NaN;
        continue;
      }
      at += 1;
      // Not `expect`: ten thousand of them take longer than what they check.
      if (event.message.seq !== at) throw new Error(`Message ${event.message.seq} came where ${at} was due.`);
      if (event.message.data !== at)
        throw new Error(`Message ${at} has ${JSON.stringify(event.message.data)}.`);
    }
    return missed;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.subscription.closed;
  }
}

/** Resolves as soon as `condition` holds: for what can only be asked for, not waited for. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const { signal } = new AbortController();
  while (!(await condition())) await sleep(10, signal);
}

/** The own way up of whichever transport has one: it need not wait for each answer. Else messages are posted. */
async function fastestPublisher(env: Env): Promise<OpenPublisher> {
  for (const name of TRANSPORT_NAMES) {
    const { openPublisher } = await env.loadTransport(name);
    if (openPublisher) return openPublisher;
  }
  return openPostPublisher;
}
