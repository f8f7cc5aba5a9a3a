import { connect, type Socket } from 'node:net';
import { newHistogram } from '../../../web/histogram.ts';
import { quantilesOf } from '../driver/quantiles.ts';
import { MessageReader } from './counting.ts';
import { type PollDialect, pollRequest } from './dialects.ts';
import { LOST_AFTER_MS, READ_BUFFER, resizeTo, untilArrived, untilQuiet } from './members.ts';
import { peerNow } from './message.ts';
import { bodyLength, pollViolations } from './poll-answers.ts';
import type { LoadRecord } from './stream-sink.ts';

interface Member {
  readonly socket: Socket;
  /** Of answers that are whole. */
  bytes: number;
  reader: MessageReader;
  /** What has come of an answer that is not whole yet. */
  rest: string;
  /** What it asks next. */
  request: Buffer;
  /** Its answer has not come yet. */
  waiting: boolean;
}

/**
 * Connections that ask again as soon as they are answered, or only until they have what they were told to fetch: one
 * request each at a time, none pipelined.
 */
export class PollSink {
  readonly #port: number;
  readonly #dialect: PollDialect;
  readonly #members: Member[] = [];
  readonly #failures: string[] = [];
  #answers = 0;
  /** A connection that has so many messages since the mark asks no more. */
  #wanted = Number.POSITIVE_INFINITY;
  #messages = 0;
  #histogram: ReturnType<typeof newHistogram> | undefined;
  #cpu = process.cpuUsage();
  #markedMs = 0;
  /** The newest answer that was read, and the request it leads to: those of all members mostly. */
  #known: { readonly key: string; readonly request: Buffer } | undefined;

  constructor(port: number, dialect: PollDialect) {
    this.#port = port;
    this.#dialect = dialect;
  }

  /** Opens connections, or ends the newest, until there are `count`. */
  resize(count: number): Promise<void> {
    return resizeTo(this.#members, count, () => this.#open());
  }

  /** Resolves when every request is answered, or when nothing has come for a moment. */
  async quiet(): Promise<void> {
    await untilQuiet(
      () => this.#answers,
      () => this.#members.every(({ waiting }) => !waiting),
    );
  }

  mark(times: boolean): void {
    for (const member of this.#members) {
      member.bytes = 0;
      member.reader = new MessageReader();
    }
    this.#answers = 0;
    this.#messages = 0;
    this.#histogram = times ? newHistogram() : undefined;
    this.#cpu = process.cpuUsage();
    this.#markedMs = performance.now();
  }

  /** Waits until so many messages have come over every connection, however many an answer held. */
  async settle(messages: number, lostAfterMs = LOST_AFTER_MS): Promise<LoadRecord> {
    await this.#arrival(messages, lostAfterMs);
    const { failures, ...use } = this.use();
    return {
      ...use,
      violations: pollViolations(this.#members, messages, failures),
    };
  }

  /** What there was since the mark, without a word on whether it is what there should have been. */
  use(): Omit<LoadRecord, 'violations'> & { readonly failures: readonly string[] } {
    const durationMs = performance.now() - this.#markedMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      bytes: this.#members.reduce((sum, { bytes }) => sum + bytes, 0),
      durationMs,
      utilisation: (user + system) / 1000 / durationMs,
      quantilesMs: this.#histogram && quantilesOf(this.#histogram),
      failures: this.#failures,
    };
  }

  /**
   * From now on connections ask only until they have so many messages since the mark: all begin to at once, where it
   * is more than they have. Resolves when they have them and no request is out, or when something is lost.
   */
  async ask(messages: number, lostAfterMs = LOST_AFTER_MS): Promise<void> {
    this.#wanted = messages;
    await this.#until(() => this.#members.every(({ waiting }) => !waiting), lostAfterMs);
    for (const member of this.#members) {
      if (member.reader.messages < messages) this.#request(member);
    }
    await this.#arrival(messages, lostAfterMs);
  }

  async #arrival(messages: number, lostAfterMs: number): Promise<void> {
    const due = messages * this.#members.length;
    await this.#until(() => this.#messages >= due, lostAfterMs);
  }

  async #until(reached: () => boolean, lostAfterMs: number): Promise<void> {
    await untilArrived(
      () => reached() || this.#failures.length > 0,
      () => this.#answers,
      lostAfterMs,
    );
  }

  #open(): Promise<Member> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: '127.0.0.1',
        port: this.#port,
        noDelay: true,
        onread: {
          buffer: READ_BUFFER,
          callback: (count) => {
            this.#read(member, READ_BUFFER.toString('latin1', 0, count));
            return true;
          },
        },
      });
      const request = pollRequest(this.#dialect, undefined);
      const reader = new MessageReader();
      const member: Member = { socket, bytes: 0, reader, rest: '', request, waiting: false };
      socket.once('connect', () => {
        this.#request(member);
        resolve(member);
      });
      socket.on('error', (error) => this.#failures.push(error.message));
      socket.on('close', () => {
        this.#failures.push('a connection was closed');
        reject(new Error(`A connection was closed while it was being opened: ${this.#failures[0]}`));
      });
    });
  }

  #read(member: Member, chunk: string): void {
    const text = member.rest + chunk;
    const bodyAt = text.indexOf('\r\n\r\n') + 4;
    const length = bodyAt < 4 ? undefined : bodyLength(text.slice(0, bodyAt));
    if (length === undefined || text.length < bodyAt + length) {
      member.rest = text;
      return;
    }
    if (text.length > bodyAt + length || !/^HTTP\/1\.1 (20[04]|304) /.test(text)) {
      this.#failures.push(`an answer that was not expected: ${JSON.stringify(text.slice(0, 120))}`);
      return;
    }
    member.rest = '';
    member.bytes += text.length;
    this.#answers += 1;
    member.waiting = false;
    if (length > 0) this.#inspect(member, text.slice(bodyAt));
    member.request = this.#next(text, bodyAt);
    if (member.reader.messages < this.#wanted) this.#request(member);
  }

  #request(member: Member): void {
    member.waiting = true;
    member.socket.write(member.request);
  }

  #next(text: string, bodyAt: number): Buffer {
    // Answers to different connections differ in nothing that the next request is made of, the time of day aside.
    const key = this.#dialect.after === 'validators' ? text : text.slice(bodyAt);
    // An answer without a body says nothing new: what was asked before is asked again.
    if (this.#known && (key === '' || key === this.#known.key)) return this.#known.request;
    this.#known = { key, request: pollRequest(this.#dialect, text) };
    return this.#known.request;
  }

  #inspect(member: Member, body: string): void {
    const histogram = this.#histogram;
    const record =
      histogram &&
      ((at: number): void => histogram.recordValue(Math.max(0, Math.round((peerNow() - at) * 1000))));
    const before = member.reader.messages;
    member.reader.read(body, record);
    this.#messages += member.reader.messages - before;
  }
}
