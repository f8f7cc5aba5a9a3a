import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import type { Stats } from './wire.ts';

let lab: InProcessLab;

async function start(...flags: string[]): Promise<void> {
  await lab?.close();
  lab = await startInProcess(['--tcp-port', '0', ...flags]);
}

beforeEach(() => start());
afterEach(() => lab.close());

/** Says this and reads the answer's lines until the server ends. */
async function answerTo(said: string | Buffer): Promise<unknown[]> {
  await using raw = new RawClient(lab.tcpUrl!);
  const ended = once(raw.socket, 'close');
  raw.send(said);
  await ended;
  return raw.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function line(raw: RawClient): Promise<unknown> {
  return JSON.parse(await raw.take('\n'));
}

describe('raw TCP', () => {
  test('has no port unless it is asked for, and is not to be had over HTTP', async () => {
    const response = await fetch(`${lab.url}/feeds/lab/tcp`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('--tcp-port') });
    await using without = await startInProcess();
    expect(without.tcpUrl).toBeUndefined();
  });

  test('a line asks, and lines answer: the beginning, the messages, receipts', async () => {
    await using raw = new RawClient(lab.tcpUrl!);
    // The first publish comes in the same segment as the line that asks.
    raw.send('/feeds/lab/tcp?after=earliest\n{"publish":{"type":"t","data":"one"},"id":7}\n');
    expect(await line(raw)).toMatchObject({ control: 'open' });
    const rest = [await line(raw), await line(raw)];
    expect(rest).toContainEqual(expect.objectContaining({ control: 'ack', id: 7, seq: 1 }));
    expect(rest).toContainEqual(expect.objectContaining({ seq: 1, type: 't', data: 'one' }));
    raw.send('{"publish":{"type":"bad type"},"id":8}\n');
    expect(await line(raw)).toMatchObject({ control: 'error', id: 8, code: 'bad-message' });
    raw.send('{"publish":{"type":"t","data":"two"},"id":9}\r\n');
    const after = [await line(raw), await line(raw)];
    expect(after).toContainEqual(expect.objectContaining({ control: 'ack', id: 9, seq: 2 }));
  });

  test.each([
    ['/feeds/lab/nothing\n', 'not-found'],
    ['/feeds/lab/sse\n', 'not-found'],
    ['/feeds/lab/messages\n', 'not-found'],
    ['/healthz\n', 'not-found'],
    ['\n', 'not-found'],
    ['/feeds/No_Topic/tcp\n', 'bad-topic'],
    ['/feeds/lab/tcp?after=nonsense\n', 'bad-cursor'],
    ['/feeds/lab/tcp?client=a%20b\n', 'bad-value'],
    [`/feeds/lab/tcp?${'x'.repeat(20_000)}`, 'too-large'],
    [Buffer.alloc(20_000, 0xff), 'too-large'],
  ])('%j is refused with the reason', async (said, code) => {
    expect(await answerTo(said)).toEqual([expect.objectContaining({ control: 'error', code })]);
    expect(lab.failures).toEqual([]);
  });

  test('a browser that is made to speak HTTP to it gets nothing and does nothing', async () => {
    const body = '/feeds/lab/tcp\n{"publish":{"type":"t"},"id":1}\n';
    const said = `POST /feeds/lab/tcp HTTP/1.1\r\nHost: lab\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(await answerTo(said)).toEqual([expect.objectContaining({ control: 'error', code: 'not-found' })]);
    const { topics } = (await (await fetch(`${lab.url}/api/stats`)).json()) as Stats;
    expect(topics['lab']?.published ?? 0).toBe(0);
  });

  test('what is no publish line ends the connection; what follows it is not read', async () => {
    const [opening, ...rest] = await answerTo('/feeds/lab/tcp\n[1]\n{"publish":{"type":"t"},"id":1}\n');
    expect(opening).toMatchObject({ control: 'open' });
    expect(rest).toEqual([expect.objectContaining({ control: 'error', code: 'bad-message' })]);
  });

  test('a line that is too long ends the connection before its end has come', async () => {
    await start('--max-message-bytes', '1000');
    const said = `/feeds/lab/tcp\n{"publish":{"type":"t","data":"${'x'.repeat(5000)}`;
    expect((await answerTo(said)).at(-1)).toMatchObject({ control: 'error', code: 'too-large' });
  });

  test('whoever says nothing is not waited for', async () => {
    await start('--headers-timeout-ms', '100');
    await using raw = new RawClient(lab.tcpUrl!);
    await once(raw.socket, 'close');
    expect(raw.text).toBe('');
  });

  test('publishing wants the token, reading does not', async () => {
    await start('--token', 'secret');
    await using raw = new RawClient(lab.tcpUrl!);
    raw.send('/feeds/lab/tcp?mode=publish\n{"publish":{"type":"t"},"id":1}\n');
    expect(await line(raw)).toMatchObject({ control: 'open' });
    expect(await line(raw)).toMatchObject({ control: 'error', id: 1, code: 'unauthorized' });
    raw.send('{"publish":{"type":"t"},"id":2,"token":"secret"}\n');
    expect(await line(raw)).toMatchObject({ control: 'ack', id: 2, seq: 1 });
  });

  test('its bytes are counted as those of all others', async () => {
    await using raw = new RawClient(lab.tcpUrl!);
    const asked = '/feeds/lab/tcp?client=counted&mode=publish\n';
    const said = '{"publish":{"type":"t"},"id":1}\n';
    raw.send(asked + said);
    await raw.take('"ack"');
    await raw.until((text) => text.endsWith('\n'));
    const { traffic } = (await (await fetch(`${lab.url}/api/stats?client=counted`)).json()) as Stats;
    expect(traffic.tcp).toMatchObject({
      requests: 1,
      active: 1,
      bytesIn: asked.length + said.length,
      headerBytesIn: asked.length,
      bytesOut: raw.received,
      headerBytesOut: 0,
    });
  });

  test('over TLS where the server speaks that', async () => {
    await start('--tls');
    expect(lab.tcpUrl).toMatch(/^tls:/);
    await using raw = new RawClient(lab.tcpUrl!);
    raw.send('/feeds/lab/tcp\n');
    expect(await line(raw)).toMatchObject({ control: 'open' });
  });

  test('a server that leaves says goodbye, and waits for nobody who has said nothing', async () => {
    await using reader = new RawClient(lab.tcpUrl!);
    await using silent = new RawClient(lab.tcpUrl!);
    await once(silent.socket, 'connect');
    reader.send('/feeds/lab/tcp\n');
    await line(reader);
    const gone = Promise.all([once(reader.socket, 'close'), once(silent.socket, 'close')]);
    await lab.close();
    await gone;
    expect(JSON.parse(reader.text)).toMatchObject({ control: 'bye', reason: 'draining' });
  });
});
