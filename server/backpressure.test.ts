import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Lab, startLab } from '../scripts/testing/lab.ts';
import type { Gap, Message, Stats } from './wire.ts';

const STALLED = 10;
const MESSAGE_BYTES = 64 * 1024;
/** 64 MiB: far beyond what the kernel keeps for a connection (some 10 MiB on loopback). */
const MESSAGES = 1024;
const LOG_MESSAGES = 64;
/** What the log may hold in two encodings, a few writes per reader, and a heap that has grown: not 640 MiB. */
const BOUND_BYTES = 160 * 1024 ** 2;

/** A reader that has connected and reads nothing until told to. */
interface Stalled {
  /** Reads to message `last`; returns how many were missed by gaps. Throws where one is missing without. */
  readTo(last: number): Promise<number>;
  end(): void;
}

/** Follows messages and gaps to message `last`. */
class Account {
  at = 0;
  missed = 0;
  readonly done: Promise<void>;
  readonly #last: number;
  #settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(last: number) {
    this.#last = last;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  gap({ missed }: Gap): void {
    this.missed += missed ?? Number.NaN;
    this.at += missed ?? Number.NaN;
  }

  message({ seq }: Message): void {
    if (seq !== this.at + 1) this.#settle?.reject(new Error(`${seq} came after ${this.at}`));
    this.at = seq;
    if (seq === this.#last) this.#settle?.resolve();
  }
}

async function stalledSse(lab: Lab): Promise<Stalled> {
  const request = get(`${lab.url}/feeds/lab/sse?after=earliest`);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined); // it is ended by force
  return {
    async readTo(last) {
      const account = new Account(last);
      const parser = createParser({
        onEvent({ event, data }) {
          if (event === 'gap') account.gap(JSON.parse(data));
          else if (event === undefined) account.message(JSON.parse(data));
        },
      });
      response.setEncoding('utf8').on('data', (text: string) => parser.feed(text));
      response.on('error', () => undefined);
      await account.done;
      return account.missed;
    },
    end: () => request.destroy(),
  };
}

async function stalledWebSocket(lab: Lab): Promise<Stalled> {
  const socket = new WebSocket(`${lab.url}/feeds/lab/websocket?after=earliest`);
  await once(socket, 'open');
  socket.pause();
  return {
    async readTo(last) {
      const account = new Account(last);
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data));
        if (frame.control === 'gap') account.gap(frame);
        else if (!('control' in frame)) account.message(frame);
      });
      socket.resume();
      await account.done;
      return account.missed;
    },
    end: () => socket.terminate(),
  };
}

/** What one packet of Socket.IO tells: an event is `42["name",…]`. */
function takeEvent(account: Account, packet: string): void {
  if (!packet.startsWith('42')) return;
  const [name, content] = JSON.parse(packet.slice(2));
  if (name === 'gap') account.gap(content);
  else if (name === 'message') account.message(content);
}

async function stalledSocketIo(lab: Lab): Promise<Stalled> {
  const query = 'EIO=4&transport=websocket&after=earliest';
  const socket = new WebSocket(`${lab.url}/feeds/lab/socketio-websocket?${query}`);
  await once(socket, 'open');
  socket.send('40');
  socket.pause();
  return {
    async readTo(last) {
      const account = new Account(last);
      socket.on('message', (data) => takeEvent(account, String(data)));
      socket.resume();
      await account.done;
      return account.missed;
    },
    end: () => socket.terminate(),
  };
}

async function stalledSocketIoPolling(lab: Lab): Promise<Stalled> {
  const begin = `${lab.url}/feeds/lab/socketio-polling?EIO=4&transport=polling&after=earliest`;
  const { sid } = JSON.parse((await (await fetch(begin)).text()).slice(1));
  const url = `${begin}&sid=${sid}`;
  expect(await (await fetch(url, { method: 'POST', body: '40' })).text()).toBe('ok');
  return {
    async readTo(last) {
      const account = new Account(last);
      while (account.at < last) {
        const answer = await (await fetch(url)).text();
        for (const packet of answer.split('\x1e')) takeEvent(account, packet);
      }
      await account.done;
      return account.missed;
    },
    end: () => undefined,
  };
}

async function stats(lab: Lab): Promise<Stats> {
  return (await (await fetch(`${lab.url}/api/stats`)).json()) as Stats;
}

async function publish(lab: Lab, count: number): Promise<void> {
  const body = JSON.stringify({ type: 't', data: 'x'.repeat(MESSAGE_BYTES) });
  for (let i = 0; i < count; i++) {
    const response = await fetch(`${lab.url}/feeds/lab/messages`, { method: 'POST', body });
    expect(response.status).toBe(201);
    await response.arrayBuffer();
  }
}

describe.each([
  ['SSE', stalledSse],
  ['WebSocket', stalledWebSocket],
  ['Socket.IO, WebSocket', stalledSocketIo],
  ['Socket.IO, polling', stalledSocketIoPolling],
])('%s readers that stop reading', (_name, stall) => {
  test('cost the server no memory, and afterwards get all messages or an exact gap', async () => {
    await using lab = await startLab(['--log-messages', String(LOG_MESSAGES)]);
    await publish(lab, LOG_MESSAGES);
    const before = (await stats(lab)).process.rssBytes;
    const readers = await Promise.all(Array.from({ length: STALLED }, () => stall(lab)));
    await publish(lab, MESSAGES);
    const after = (await stats(lab)).process.rssBytes;
    expect(after - before).toBeLessThan(BOUND_BYTES);

    const missed = await Promise.all(readers.map((reader) => reader.readTo(LOG_MESSAGES + MESSAGES)));
    for (const count of missed) {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(MESSAGES);
    }
    for (const reader of readers) reader.end();
  });
});
