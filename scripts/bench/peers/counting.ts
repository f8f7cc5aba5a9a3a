/**
 * Reads the messages' numbers out of a stream's bytes, however they are framed and wherever they are cut: `"seq":42`,
 * or `\"seq\":42` within a string. When a message was due is its `at`, or else what its data begins with (message.ts).
 */
export class MessageReader {
  readonly #pattern =
    /"seq\\?":(\d+),\\?"at\\?":([\d.]+),\\?"type\\?":\\?"tick\\?",\\?"data\\?":\\?"([\d.]*)\|/g;
  #rest = '';
  #last: number | undefined;
  messages = 0;
  /** The first message that was not the one after the message before it. */
  violation: string | undefined;

  /** Calls `onMessage` with when each message was due, ms. */
  read(text: string, onMessage?: (at: number) => void): void {
    const all = this.#rest + text;
    let end = 0;
    for (const match of all.matchAll(this.#pattern)) {
      const seq = Number(match[1]);
      if (this.#last !== undefined && seq !== this.#last + 1) {
        this.violation ??= `message ${seq} came after ${this.#last}`;
      }
      this.#last = seq;
      this.messages += 1;
      onMessage?.(Number(match[3] || match[2]));
      end = match.index + match[0].length;
    }
    // What is left may hold the beginning of the next, which is no longer than this up to where its times end.
    this.#rest = all.slice(Math.max(end, all.length - LONGEST_START));
  }
}

const LONGEST_START = 112;

/** What all sockets have received, against what they should have. */
export interface Tally {
  /** Of one socket of which each message was read. */
  readonly reference: { readonly bytes: number; readonly messages: number; readonly violation?: string };
  /** Of every socket, that one included. */
  readonly bytes: readonly number[];
  readonly expectedMessages: number;
}

/**
 * What is wrong with a tally, in words; nothing where every socket has received as many bytes as the one whose messages
 * were read, and that one each message once and in order.
 */
export function violationsOf({ reference, bytes, expectedMessages }: Tally): readonly string[] {
  const violations: string[] = [];
  if (reference.violation !== undefined) violations.push(reference.violation);
  if (reference.messages !== expectedMessages) {
    violations.push(`${reference.messages} of ${expectedMessages} messages reached the socket that is read`);
  }
  const others = bytes.filter((count) => count !== reference.bytes);
  if (others.length > 0) {
    violations.push(
      `${others.length} of ${bytes.length} sockets received another number of bytes than the ${reference.bytes} expected, the first of them ${others[0]}`,
    );
  }
  return violations;
}
