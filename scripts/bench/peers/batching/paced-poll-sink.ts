import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { newHistogram } from '../../../../web/histogram.ts';
import { quantilesOf } from '../../driver/quantiles.ts';
import { MessageReader } from '../counting.ts';
import { type PollDialect, pollRequest } from '../dialects.ts';
import { LOST_AFTER_MS, READ_BUFFER, resizeTo, untilArrived } from '../members.ts';
import { peerNow } from '../message.ts';
import { bodyLength, pollViolations } from '../poll-answers.ts';
import type { LoadRecord } from '../stream-sink.ts';
import { phases } from './schedule.ts';

interface Member {
  readonly socket: Socket;
  reader: MessageReader;
  bytes: number;
  request: Buffer;
  /** What has come of the answer it waits for; undefined where it waits for none. */
  answer: string | undefined;
}

export interface PollPace {
  readonly intervalMs: number;
  readonly seed: number;
}

/** Connections that ask at an interval, each at a phase of its own, on an absolute schedule. */
export class PacedPollSink {
  readonly #port: number;
  readonly #dialect: PollDialect;
  readonly #pace: PollPace;
  readonly #members: Member[] = [];
  readonly #failures: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #messages = 0;
  #histogram = newHistogram();
  #cpu = process.cpuUsage();
  #markedMs = 0;

  constructor(port: number, dialect: PollDialect, pace: PollPace) {
    this.#port = port;
    this.#dialect = dialect;
    this.#pace = pace;
  }

  /** Opens connections, or ends the newest, until there are `count`; all of them poll from then on. */
  async resize(count: number): Promise<void> {
    clearTimeout(this.#timer);
    await resizeTo(this.#members, count, () => this.#open());
    if (count > 0)
      this.#poll(phases(count, this.#pace.intervalMs, this.#pace.seed).toSorted((a, b) => a - b));
  }

  /** Resolves when every connection has had the time to ask for all there is. */
  quiet(): Promise<void> {
    return sleep(2 * this.#pace.intervalMs);
  }

  mark(): void {
    for (const member of this.#members) {
      member.bytes = 0;
      member.reader = new MessageReader();
    }
    this.#messages = 0;
    this.#histogram = newHistogram();
    this.#cpu = process.cpuUsage();
    this.#markedMs = performance.now();
  }

  /** Waits until so many messages have come over every connection, however many an answer held. */
  async settle(messages: number, lostAfterMs = LOST_AFTER_MS): Promise<LoadRecord> {
    const due = messages * this.#members.length;
    await untilArrived(
      () => this.#messages >= due || this.#failures.length > 0,
      () => this.#messages,
      lostAfterMs,
    );
    const durationMs = performance.now() - this.#markedMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      bytes: this.#members.reduce((sum, { bytes }) => sum + bytes, 0),
      durationMs,
      utilisation: (user + system) / 1000 / durationMs,
      quantilesMs: quantilesOf(this.#histogram),
      violations: pollViolations(this.#members, messages, this.#failures),
    };
  }

  /** `starts`: when in its interval each connection asks, ascending. The same order holds in every interval. */
  #poll(starts: readonly number[]): void {
    const begunMs = performance.now();
    let asked = 0;
    const nextDueMs = (): number =>
      begunMs +
      Math.floor(asked / starts.length) * this.#pace.intervalMs +
      (starts[asked % starts.length] ?? 0);
    const askAllDue = (): void => {
      for (; nextDueMs() <= performance.now(); asked++) this.#ask(this.#members[asked % starts.length]);
      this.#timer = setTimeout(askAllDue, nextDueMs() - performance.now());
    };
    askAllDue();
  }

  /** One that still waits for an answer asks again in its next interval: none is pipelined. */
  #ask(member: Member | undefined): void {
    if (!member || member.answer !== undefined) return;
    member.answer = '';
    member.socket.write(member.request);
  }

  /** The first answer says where a client stands; it asks for it before its schedule begins. */
  #open(): Promise<Member> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: '127.0.0.1',
        port: this.#port,
        noDelay: true,
        onread: {
          buffer: READ_BUFFER,
          callback: (count) => {
            if (this.#read(member, READ_BUFFER.toString('latin1', 0, count))) resolve(member);
            return true;
          },
        },
      });
      const request = pollRequest(this.#dialect, undefined);
      const member: Member = { socket, bytes: 0, reader: new MessageReader(), request, answer: undefined };
      socket.once('connect', () => this.#ask(member));
      socket.on('error', (error) => this.#failures.push(error.message));
      socket.on('close', () => {
        this.#failures.push('a connection was closed');
        reject(new Error(`A connection was closed while it was being opened: ${this.#failures[0]}`));
      });
    });
  }

  /** True where an answer is whole now. */
  #read(member: Member, chunk: string): boolean {
    const text = (member.answer ?? '') + chunk;
    const bodyAt = text.indexOf('\r\n\r\n') + 4;
    const length = bodyAt < 4 ? undefined : bodyLength(text.slice(0, bodyAt));
    if (length === undefined || text.length < bodyAt + length) {
      member.answer = text;
      return false;
    }
    if (member.answer === undefined || text.length > bodyAt + length || !/^HTTP\/1\.1 20[04] /.test(text)) {
      this.#failures.push(`an answer that was not expected: ${JSON.stringify(text.slice(0, 120))}`);
      return false;
    }
    member.answer = undefined;
    member.bytes += text.length;
    // An answer without a body says nothing new: what was asked before is asked again.
    if (length > 0) this.#take(member, text.slice(bodyAt));
    return true;
  }

  #take(member: Member, body: string): void {
    const before = member.reader.messages;
    const nowMs = peerNow();
    member.reader.read(body, (at) =>
      this.#histogram.recordValue(Math.max(0, Math.round((nowMs - at) * 1000))),
    );
    this.#messages += member.reader.messages - before;
    member.request = pollRequest(this.#dialect, body);
  }
}
