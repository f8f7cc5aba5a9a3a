import { connect } from 'node:net';

interface Address {
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly path: string;
  readonly contentType: string;
}

/**
 * Publishes to a server from outside: over one connection, all requests of a burst in one write, so that as many are
 * outstanding. Resolves when the server has acknowledged each; rejects where it refuses one.
 */
export function createPostPublisher({ port, path, contentType }: Address) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let waiting: { missing: number; resolve(): void; reject(error: Error): void } | undefined;
  let text = '';
  const fail = (what: string): void => {
    socket.destroy();
    waiting?.reject(new Error(`Publishing has failed: ${what}`));
  };
  socket.on('error', ({ message }) => fail(message));
  socket.on('end', () => fail('the server has closed the connection.'));
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    let from = 0;
    for (let end = answerEnd(text, from); end !== undefined && waiting; end = answerEnd(text, from)) {
      if (!ACKNOWLEDGED.test(text.slice(from, end))) return fail(text.slice(from, end));
      from = end;
      waiting.missing -= 1;
      if (waiting.missing === 0) waiting.resolve();
    }
    text = text.slice(from);
  });

  return (bodies: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting = { missing: bodies.length, resolve, reject };
      socket.write(bodies.map(request).join(''));
    });

  function request(body: string): string {
    const length = Buffer.byteLength(body);
    return `POST ${path} HTTP/1.1\r\nHost: peer\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n${body}`;
  }
}

const ACKNOWLEDGED = /^HTTP\/1\.1 20[12] /;

/** Where the answer that begins at `from` ends; undefined where it is not whole yet. */
function answerEnd(text: string, from: number): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n', from);
  if (headEnd < 0) return undefined;
  const length = /^content-length: (\d+)/im.exec(text.slice(from, headEnd))?.[1];
  if (length === undefined) throw new Error(`An answer does not say how long it is: ${text.slice(from)}`);
  const end = headEnd + 4 + Number(length);
  return end <= text.length ? end : undefined;
}
