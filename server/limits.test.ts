import { expect, test } from 'vitest';
import { startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';
import { feedPath, TRANSPORT_NAMES, TRANSPORTS } from './wire.ts';

const polled = TRANSPORT_NAMES.filter((name) => TRANSPORTS[name].carrier !== 'socket');
const BODY = JSON.stringify({ type: 't', data: 1 });

test('a full server answers 503 with Retry-After and closes; when there is room again, it serves', async () => {
  await using lab = await startInProcess(['--max-connections', '1']);
  const holder = new RawClient(lab.url);
  holder.get('/feeds/lab/short-poll');
  expect((await holder.response()).status).toBe(200);
  for (const path of [...polled.map((name) => feedPath('lab', name)), feedPath('lab', 'messages')]) {
    await using raw = new RawClient(lab.url);
    raw.get(path);
    const { status, headers, body } = await raw.response();
    expect(status).toBe(503);
    expect(JSON.parse(body).code).toBe('too-many');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await raw.closed();
  }
  await using upgrading = new RawClient(lab.url);
  upgrading.upgrade(feedPath('lab', 'websocket'));
  const refused = await upgrading.response();
  expect(refused.status).toBe(503);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  await upgrading.closed();

  holder.socket.destroy();
  await until(async () => (await fetch(`${lab.url}/feeds/lab/short-poll`)).status === 200);
});

test('with all topics in use a further one is 503 with Retry-After; one without messages makes room', async () => {
  await using lab = await startInProcess(['--max-topics', '2']);
  const publish = (topic: string) =>
    fetch(`${lab.url}${feedPath(topic, 'messages')}`, { method: 'POST', body: BODY });
  const poll = (topic: string) => fetch(`${lab.url}${feedPath(topic, 'short-poll')}`);
  expect((await publish('one')).status).toBe(201);
  expect((await poll('idle')).status).toBe(200);
  expect((await publish('two')).status).toBe(201);
  const refused = await poll('three');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await poll('one')).status).toBe(200);
});

/** Resolves as soon as `condition` holds; each question takes a round trip. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}
