import { connect, type Socket } from 'node:net';
import { newHistogram } from '../../../web/histogram.ts';
import { type QuantilesMs, quantilesOf } from '../driver/quantiles.ts';
import { MessageReader, violationsOf } from './counting.ts';
import { DeflatedFrames } from './deflated-frames.ts';
import { type Deflate, deflateOf, openingOf, type Step, type StreamDialect } from './dialects.ts';
import { LOST_AFTER_MS, READ_BUFFER, resizeTo, untilArrived, untilQuiet } from './members.ts';
import { peerNow } from './message.ts';

/** What the load has received between `mark` and `settle`, and what that cost it. */
export interface LoadRecord {
  /** Bytes of all sockets. */
  readonly bytes: number;
  readonly durationMs: number;
  /** Share of one core that the load took. */
  readonly utilisation: number;
  /** Undefined where times were not asked for. */
  readonly quantilesMs: QuantilesMs | undefined;
  readonly violations: readonly string[];
}

interface Member {
  readonly socket: Socket;
  /** What reads its messages where they are compressed: all that comes, since they may refer to each other. */
  readonly frames: DeflatedFrames | undefined;
  bytes: number;
}

/**
 * Sockets that read a stream and throw it away, as cheaply as Node can: the handshake is made by hand, all read into
 * the same buffer, and of all but the first only bytes are counted.
 */
export class StreamSink {
  readonly #port: number;
  readonly #opening: readonly Step[];
  readonly #deflate: Deflate | undefined;
  readonly #members: Member[] = [];
  readonly #failures: string[] = [];
  #total = 0;
  #reader = new MessageReader();
  #histogram: ReturnType<typeof newHistogram> | undefined;
  #cpu = process.cpuUsage();
  #markedMs = 0;

  constructor(port: number, dialect: StreamDialect) {
    this.#port = port;
    this.#opening = openingOf(dialect);
    this.#deflate = deflateOf(dialect);
  }

  /** Opens connections, or ends the newest, until there are `count`. */
  resize(count: number): Promise<void> {
    return resizeTo(this.#members, count, () => this.#open());
  }

  /** Resolves when nothing has come for a moment. */
  quiet(): Promise<void> {
    return untilQuiet(() => this.#total);
  }

  /** Counts from here on. With `times` each message's latency is taken, on every socket. */
  mark(times: boolean): void {
    for (const member of this.#members) member.bytes = 0;
    this.#total = 0;
    this.#reader = new MessageReader();
    this.#histogram = times ? newHistogram() : undefined;
    this.#cpu = process.cpuUsage();
    this.#markedMs = performance.now();
  }

  /** Waits until every socket has what the first one has, and that so many messages. */
  async settle(messages: number, lostAfterMs = LOST_AFTER_MS): Promise<LoadRecord> {
    const [reference] = this.#members;
    if (!reference) throw new Error('There are no sockets.');
    const arrived = (): boolean =>
      this.#reader.messages >= messages && this.#total >= reference.bytes * this.#members.length;
    await untilArrived(
      () => arrived() || this.#failures.length > 0,
      () => this.#total,
      lostAfterMs,
    );
    const durationMs = performance.now() - this.#markedMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    const violation = this.#reader.violation;
    return {
      bytes: this.#total,
      durationMs,
      utilisation: (user + system) / 1000 / durationMs,
      quantilesMs: this.#histogram && quantilesOf(this.#histogram),
      violations: [
        ...this.#failures.slice(0, 1),
        ...violationsOf({
          reference: {
            bytes: reference.bytes,
            messages: this.#reader.messages,
            ...(violation !== undefined && { violation }),
          },
          bytes: this.#members.map(({ bytes }) => bytes),
          expectedMessages: messages,
        }),
      ],
    };
  }

  #open(): Promise<Member> {
    return new Promise((resolve, reject) => {
      const steps = this.#opening[Symbol.iterator]();
      let step: Step | undefined;
      let text = '';
      const advance = (): void => {
        step = steps.next().value;
        if (!step) {
          text = '';
          resolve(member);
        } else if (step.send) member.socket.write(step.send);
      };
      const open = (chunk: string): void => {
        text += chunk;
        for (let at = 0; step && at >= 0; ) {
          at = text.indexOf(step.until);
          if (at < 0) break;
          if (!text.slice(0, at).includes(step.including ?? '')) {
            socket.destroy(new Error(`The answer is without ${step.including}: ${text.slice(0, at)}`));
            return;
          }
          text = text.slice(at + step.until.length);
          advance();
        }
      };
      const socket = connect({
        host: '127.0.0.1',
        port: this.#port,
        noDelay: true,
        onread: {
          buffer: READ_BUFFER,
          callback: (count) => {
            if (step) {
              open(READ_BUFFER.toString('latin1', 0, count));
              return true;
            }
            member.bytes += count;
            this.#total += count;
            if (this.#histogram || member === this.#members[0]) this.#inspect(member, count);
            return true;
          },
        },
      });
      const frames = this.#deflate && new DeflatedFrames(this.#deflate === 'in-context');
      const member: Member = { socket, frames, bytes: 0 };
      socket.once('connect', advance);
      socket.on('error', (error) => this.#failures.push(error.message));
      socket.on('close', () => {
        this.#failures.push('a socket was closed');
        reject(new Error(`A socket was closed while it was being opened: ${this.#failures[0]}`));
      });
    });
  }

  #inspect(member: Member, count: number): void {
    const text =
      member.frames?.read(READ_BUFFER.subarray(0, count)) ?? READ_BUFFER.toString('latin1', 0, count);
    const histogram = this.#histogram;
    const record =
      histogram &&
      ((at: number): void => histogram.recordValue(Math.max(0, Math.round((peerNow() - at) * 1000))));
    if (member === this.#members[0]) this.#reader.read(text, record);
    // One message at a time: none is cut in two.
    else new MessageReader().read(text, record);
  }
}
