import { expect, test } from 'vitest';
import { startForgetfulHop } from './forgetful-hop.ts';
import { startInProcess } from './in-process.ts';
import { RawClient } from './raw-client.ts';

test('a hop passes all on, and ends one side with the other', async () => {
  await using lab = await startInProcess();
  await using hop = await startForgetfulHop(lab.url);
  await using client = new RawClient(hop.url);
  client.get('/healthz', { Connection: 'close' });
  expect((await client.response()).status).toBe(200);
  await client.closed();
});

test('a hop swallows answers on old and new connections until it cuts, and is well then', async () => {
  await using lab = await startInProcess();
  await using hop = await startForgetfulHop(lab.url);
  await using old = new RawClient(hop.url);
  old.get('/healthz');
  await old.response();
  hop.swallow();
  await using young = new RawClient(hop.url);
  const { received } = old;
  // What the server has answered to who came after them, it has answered to them.
  await using beside = new RawClient(lab.url);
  for (const client of [old, young, beside]) client.get('/healthz');
  await beside.response();
  hop.cut();
  await Promise.all([old.closed(), young.closed()]);
  expect([old.received, young.received]).toEqual([received, 0]);
  await using next = new RawClient(hop.url);
  next.get('/healthz');
  expect((await next.response()).status).toBe(200);
});

test('a hop cuts so many connections, each after so many bytes of answers', async () => {
  await using lab = await startInProcess();
  await using hop = await startForgetfulHop(lab.url);
  hop.cutAfter(100, 2);
  for (let i = 0; i < 2; i++) {
    await using client = new RawClient(hop.url);
    client.get('/healthz');
    await client.closed();
    expect(client.received).toBe(100);
  }
  await using client = new RawClient(hop.url);
  client.get('/healthz');
  expect((await client.response()).status).toBe(200);
});
