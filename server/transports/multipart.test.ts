import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../../scripts/testing/in-process.ts';
import { RawClient } from '../../scripts/testing/raw-client.ts';

let lab: InProcessLab;
beforeAll(async () => {
  lab = await startInProcess();
});
afterAll(() => lab.close());

async function publish(data: unknown): Promise<void> {
  const body = JSON.stringify({ type: 't', data });
  const response = await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body });
  expect(response.status).toBe(201);
}

/** Takes a part's head and, by the length that it tells, its body. */
async function takePart(raw: RawClient): Promise<string> {
  const head = await raw.take('\r\n\r\n');
  const [, length] = /^Content-Type: application\/json\r\nContent-Length: (\d+)\r\n\r\n$/.exec(head) ?? [];
  // latin1: one character is one byte.
  await raw.until((text) => text.length >= Number(length));
  const body = await raw.take('\r\n--feed');
  expect(body).toHaveLength(Number(length) + '\r\n--feed'.length);
  return Buffer.from(body.slice(0, Number(length)), 'latin1').toString();
}

test('each part has its length in bytes, and goes out with the delimiter behind it', async () => {
  await using raw = new RawClient(lab.url);
  raw.get('/feeds/lab/multipart');
  const { status, headers } = await raw.head();
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('multipart/x-mixed-replace; boundary=feed');
  expect(await raw.take('\r\n')).toBe('--feed\r\n');
  expect(JSON.parse(await takePart(raw))).toMatchObject({ control: 'open' });
  expect(await raw.take('\r\n')).toBe('\r\n');
  for (const data of ['漢字 😀', '', '\r\n--feed\r\n']) {
    await publish(data);
    expect(JSON.parse(await takePart(raw))).toMatchObject({ data });
    // Nothing has to come after it for a reader to have it.
    expect(await raw.take('\r\n')).toBe('\r\n');
    expect(raw.text).toBe('');
  }
});

test('a server that leaves says so in the last part', async () => {
  await using leaving = await startInProcess();
  await using raw = new RawClient(leaving.url);
  raw.get('/feeds/lab/multipart');
  await raw.take('--feed\r\n');
  await takePart(raw);
  await raw.take('\r\n');
  await Promise.all([leaving.close(), raw.closed()]);
  expect(JSON.parse(await takePart(raw))).toMatchObject({ control: 'bye' });
  expect(raw.text).toBe('--\r\n');
});
