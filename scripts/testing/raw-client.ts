import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A response as it came over the socket. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of status line and headers, with the empty line behind them. */
  readonly headBytes: number;
  readonly body: string;
}

/** A connection that counts what it sends and receives (within TLS, where the URL says so), and reads only when told to. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  sent = 0;
  received = 0;
  #buffer = Buffer.alloc(0);
  #arrived: (() => void) | undefined;

  constructor(url: string) {
    const { protocol, hostname, port } = new URL(url);
    this.socket =
      protocol === 'https:' || protocol === 'tls:'
        ? connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false })
        : connect(Number(port), hostname);
    this.socket.setNoDelay(true);
    this.socket.on('error', () => undefined); // a close follows
    this.socket.on('close', () => this.#arrived?.());
    this.socket.on('data', (bytes: Buffer) => {
      this.received += bytes.length;
      this.#buffer = Buffer.concat([this.#buffer, bytes]);
      this.#arrived?.();
    });
  }

  /** What has arrived and was not taken. */
  get text(): string {
    return this.#buffer.toString('latin1');
  }

  send(data: string | Buffer): void {
    this.sent += Buffer.byteLength(data);
    this.socket.write(data);
  }

  /** Sends a GET without any headers but `Host` and those given. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): void {
    this.send(`GET ${path} HTTP/1.1\r\n${headerLines({ Host: 'lab', ...headers })}\r\n`);
  }

  /** Asks for a WebSocket. */
  upgrade(path: string, headers: Readonly<Record<string, string>> = {}): void {
    this.get(path, {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    });
  }

  /** Sends a masked text frame (RFC 6455 §5.2) of up to 64 KiB. */
  frame(text: string): void {
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const { length } = payload;
    const head =
      length < 126
        ? Buffer.from([0x81, 0x80 | length])
        : Buffer.from([0x81, 0xfe, length >> 8, length & 0xff]);
    this.send(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]));
  }

  /** Resolves when `condition` holds of what has arrived; rejects where the connection ends before it does. */
  async until(condition: (text: string) => boolean): Promise<void> {
    while (!condition(this.text)) {
      if (this.socket.closed) throw new Error(`The connection has ended after ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  /** Takes what comes up to and with `mark`. */
  async take(mark: string): Promise<string> {
    await this.until((text) => text.includes(mark));
    return this.#cut(this.text.indexOf(mark) + mark.length).toString('latin1');
  }

  /** Takes a response whose body has a length, or none. */
  async response(): Promise<RawResponse> {
    const head = await this.head();
    const length = Number(head.headers['content-length'] ?? 0);
    await this.until((text) => text.length >= length);
    return { ...head, body: this.#cut(length).toString() };
  }

  /** Takes a response's head alone. */
  async head(): Promise<RawResponse> {
    const text = await this.take('\r\n\r\n');
    const [statusLine = '', ...lines] = text.trimEnd().split('\r\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return {
      status: Number(statusLine.split(' ')[1]),
      headers: Object.fromEntries(headers),
      headBytes: text.length,
      body: '',
    };
  }

  /** Takes an unmasked frame: its opcode and payload. */
  async takeFrame(): Promise<{ opcode: number; payload: Buffer }> {
    await this.until(() => this.#buffer.length >= 2);
    const short = (this.#buffer[1] ?? 0) & 0x7f;
    const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    await this.until(() => this.#buffer.length >= headBytes);
    const length =
      short < 126
        ? short
        : short === 126
          ? this.#buffer.readUInt16BE(2)
          : Number(this.#buffer.readBigUInt64BE(2));
    await this.until(() => this.#buffer.length >= headBytes + length);
    const frame = this.#cut(headBytes + length);
    return { opcode: (frame[0] ?? 0) & 0x0f, payload: frame.subarray(headBytes) };
  }

  async closed(): Promise<void> {
    // Not by `once` of node:events, which an error before the close would reject.
    if (!this.socket.closed) await new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed();
  }

  #cut(bytes: number): Buffer {
    const taken = this.#buffer.subarray(0, bytes);
    this.#buffer = this.#buffer.subarray(bytes);
    return taken;
  }
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
