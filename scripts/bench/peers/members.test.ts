import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { resizeTo, untilArrived } from './members.ts';
import { listenOn } from './serve.ts';

test('a server that lets nobody in is told of, and not waited for', async () => {
  const opening = resizeTo([], 3, () => new Promise<never>(() => undefined), 20);
  await expect(opening).rejects.toThrow('0 of 3 connections were open after 20 ms.');
});

test('the newest go first', async () => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket.resume()));
  const port = await listenOn(server);
  const members: { readonly socket: Socket }[] = [];
  const open = () =>
    new Promise<{ readonly socket: Socket }>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve({ socket }));
    });
  await resizeTo(members, 100, open);
  const [oldest] = members;
  expect(members).toHaveLength(100);
  await resizeTo(members, 1, open);
  expect(members).toEqual([oldest]);
  expect(oldest?.socket.destroyed).toBe(false);
  await resizeTo(members, 0, open);
  server.close();
});

test('what has not come after a silence is lost, however long the rest took', async () => {
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    if (count === 10) clearInterval(timer);
  }, 10);
  await untilArrived(
    () => count === 11,
    () => count,
    50,
  );
  expect(count).toBe(10);
});
