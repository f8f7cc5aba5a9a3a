import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { afterEach, describe, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../scripts/testing/in-process.ts';
import { RawClient, type RawResponse } from '../scripts/testing/raw-client.ts';
import type { Stats } from './wire.ts';

const CARRIERS = ['websocket', 'polling'] as const;
type Carrier = (typeof CARRIERS)[number];

const opened: Socket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.disconnect();
});

/** socket.io-client as it comes, but for what it must be told: where the feed is, and to use one carrier alone. */
function connect(
  lab: InProcessLab,
  carrier: Carrier,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Socket {
  const path = `/feeds/lab/socketio-${carrier}`;
  const socket = io(lab.url, {
    path,
    addTrailingSlash: false,
    transports: [carrier],
    forceNew: true,
    reconnection: false,
    ...options,
  });
  opened.push(socket);
  return socket;
}

/** What comes with the next event of this name. */
function once(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...content) => resolve(content)));
}

async function stats(lab: InProcessLab): Promise<Stats> {
  return (await (await fetch(`${lab.url}/api/stats`, { headers: { Connection: 'close' } })).json()) as Stats;
}

async function publish(lab: InProcessLab, data: unknown): Promise<void> {
  const body = JSON.stringify({ type: 't', data });
  const response = await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body });
  expect(response.status).toBe(201);
}

describe.each(CARRIERS)('over %s, socket.io-client as it comes', (carrier) => {
  test('gets objects by events, each with its cursor, and resumes from there', async () => {
    await using lab = await startInProcess();
    const first = connect(lab, carrier);
    const [opening] = await once(first, 'open');
    expect(opening).toEqual({ cursor: expect.stringMatching(/-0$/), heartbeatMs: 15_000 });
    const received = once(first, 'message');
    await publish(lab, { hello: 'world' });
    const [message, cursor] = await received;
    expect(message).toMatchObject({ seq: 1, type: 't', data: { hello: 'world' } });
    expect(cursor).toMatch(/-1$/);
    first.disconnect();
    await publish(lab, 'second');
    const again = connect(lab, carrier, { auth: { after: cursor } });
    expect((await once(again, 'message'))[0]).toMatchObject({ seq: 2, data: 'second' });
    expect(lab.failures).toEqual([]);
  });

  test('takes a cursor from the address too, and the handshake’s before it', async () => {
    await using lab = await startInProcess();
    await publish(lab, 'first');
    const query = { after: 'earliest' };
    expect((await once(connect(lab, carrier, { query }), 'message'))[0]).toMatchObject({ seq: 1 });
    const refused = connect(lab, carrier, { query, auth: { after: 'nonsense' } });
    expect((await once(refused, 'connect_error'))[0]).toMatchObject({ data: { code: 'bad-cursor' } });
  });

  test('publishes by an event, whose answer is the receipt or a refusal', async () => {
    await using lab = await startInProcess(['--token', 'secret', '--max-message-bytes', '1024']);
    const socket = connect(lab, carrier, { auth: { token: 'secret', mode: 'publish' } });
    const messages: unknown[] = [];
    socket.on('message', (message) => messages.push(message));
    await once(socket, 'open');
    const ask = (draft: unknown) => socket.emitWithAck('publish', draft);
    expect(await ask({ type: 't', data: 1 })).toMatchObject({ seq: 1, cursor: expect.stringMatching(/-1$/) });
    expect(await ask({ type: 'a b', data: 1 })).toMatchObject({ code: 'bad-message' });
    expect(await ask('no object')).toMatchObject({ code: 'bad-message' });
    expect(await ask({ type: 't', data: 'x'.repeat(1024) })).toMatchObject({ code: 'too-large' });
    expect((await stats(lab)).topics['lab']).toMatchObject({ published: 1, subscribers: 0 });
    expect(messages).toEqual([]);
    const stranger = connect(lab, carrier);
    await once(stranger, 'open');
    expect(await stranger.emitWithAck('publish', { type: 't' })).toMatchObject({ code: 'unauthorized' });
    // Nobody asked for an answer: nothing is published, and nothing breaks.
    stranger.emit('publish', { type: 't' });
    socket.emit('publish');
    expect(await ask({ type: 't', data: 2 })).toMatchObject({ seq: 2 });
    expect(lab.failures).toEqual([]);
  });

  test.each([
    ['a cursor that no server gave', { auth: { after: 'nonsense' } }, 'bad-cursor'],
    ['a cursor that is no text', { auth: { after: 7 } }, 'bad-cursor'],
  ])('hears why it is refused: %s', async (_what, options, code) => {
    await using lab = await startInProcess();
    const [error] = await once(connect(lab, carrier, options), 'connect_error');
    expect(error).toMatchObject({ data: { code, detail: expect.any(String) } });
    expect(lab.failures).toEqual([]);
  });

  test('hears a goodbye, and nothing is held on to', async () => {
    await using lab = await startInProcess(['--drain-ms', '5000']);
    const socket = connect(lab, carrier);
    await once(socket, 'open');
    // A poll that comes later is refused instead.
    while ((await stats(lab)).traffic[`socketio-${carrier}`].active !== 1);
    const [bye] = (await Promise.all([once(socket, 'bye'), once(socket, 'disconnect'), lab.close()]))[0];
    expect(bye).toEqual({ reason: 'draining', retryAfterMs: expect.any(Number) });
  });

  test('and one that leaves without a word is forgotten at once', async () => {
    await using lab = await startInProcess();
    const socket = connect(lab, carrier);
    await once(socket, 'open');
    expect((await stats(lab)).topics['lab']?.subscribers).toBe(1);
    socket.disconnect();
    while ((await stats(lab)).topics['lab']?.subscribers !== 0);
  });
});

test('what is no Socket.IO client is told so; one that only asks why hears that nothing speaks against it', async () => {
  await using lab = await startInProcess();
  const ask = (query: string, init?: RequestInit) =>
    fetch(`${lab.url}/feeds/lab/socketio-polling${query}`, init);
  expect(await (await ask('')).json()).toMatchObject({ code: 'bad-value', status: 400 });
  expect(await (await ask('', { method: 'POST' })).json()).toMatchObject({ code: 'bad-method', status: 405 });
  expect((await ask('?diagnose=1')).status).toBe(204);
  // The library's own refusals are its own.
  expect((await ask('?EIO=4&transport=polling&sid=nobody')).status).toBe(400);
  expect((await ask('?EIO=4&transport=websocket')).status).toBe(400);
});

describe('bytes are those that crossed the socket, heads apart', () => {
  const PATH = '/feeds/lab/socketio-polling?EIO=4&transport=polling';

  test.each(['polite', 'naive'])('polling, in %s manners', async (manners) => {
    await using lab = await startInProcess(manners === 'naive' ? ['--naive'] : []);
    await using polling = new RawClient(lab.url);
    await using posting = new RawClient(lab.url);
    let headBytesIn = 0;
    let headBytesOut = 0;
    const count = (response: RawResponse): RawResponse => {
      headBytesOut += response.headBytes;
      return response;
    };
    const poll = (path: string): void => {
      const sentBefore = polling.sent;
      polling.get(path);
      headBytesIn += polling.sent - sentBefore;
    };
    poll(PATH);
    const handshake = count(await polling.response());
    const { sid } = JSON.parse(handshake.body.slice(1));
    const path = `${PATH}&sid=${sid}`;
    poll(path); // held: answered by the confirmation of what is posted
    const head = `POST ${path} HTTP/1.1\r\nHost: lab\r\nContent-Length: 2\r\n\r\n`;
    posting.send(`${head}40`);
    headBytesIn += head.length;
    expect(count(await posting.response()).body).toBe('ok');
    expect(count(await polling.response()).body).toMatch(/^40\{"sid"/);
    poll(path); // answered at once: the opening waits
    expect(count(await polling.response()).body).toMatch(/^42\["open"/);
    poll(path);
    await publish(lab, 'ü'.repeat(500));
    expect(count(await polling.response()).body).toMatch(/^42\["message",\{"seq":1,/);
    for (;;) {
      const { traffic } = await stats(lab);
      if (traffic['socketio-polling'].active > 0) continue;
      expect(traffic['socketio-polling']).toMatchObject({
        requests: 5,
        upgrades: 0,
        bytesIn: polling.sent + posting.sent,
        headerBytesIn: headBytesIn,
        bytesOut: polling.received + posting.received,
        headerBytesOut: headBytesOut,
      });
      return;
    }
  });

  test('WebSocket', async () => {
    await using lab = await startInProcess();
    await using raw = new RawClient(lab.url);
    raw.upgrade('/feeds/lab/socketio-websocket?EIO=4&transport=websocket');
    const sentForHead = raw.sent;
    const { headBytes, status } = await raw.head();
    expect(status).toBe(101);
    expect((await raw.takeFrame()).payload.toString()).toMatch(/^0\{"sid"/);
    raw.frame('40');
    expect((await raw.takeFrame()).payload.toString()).toMatch(/^40\{"sid"/);
    expect((await raw.takeFrame()).payload.toString()).toMatch(/^42\["open"/);
    await publish(lab, 'x');
    expect((await raw.takeFrame()).payload.toString()).toMatch(/^42\["message",\{"seq":1,/);
    expect((await stats(lab)).traffic['socketio-websocket']).toMatchObject({
      requests: 0,
      upgrades: 1,
      active: 1,
      bytesIn: raw.sent,
      headerBytesIn: sentForHead,
      bytesOut: raw.received,
      headerBytesOut: headBytes,
    });
  });
});
