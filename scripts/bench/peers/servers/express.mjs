import { createServer } from 'node:http';
import express from 'express';
import { listenOn, servePeer } from '../serve.ts';

/** Polling and SSE on Express as tutorials have it: the newest messages in an array, and `res.json`. */
const HELD_MESSAGES = 100;
const log = [];
const waiting = new Set();
const streams = new Set();
let served = 0;

const newerThan = (after) => log.filter((message) => message.seq > after);

const app = express();

app.get('/short-poll', (req, res) => {
  served += 1;
  res.json({ messages: newerThan(Number(req.query.after)) });
});

app.get('/long-poll', (req, res) => {
  const messages = newerThan(Number(req.query.after));
  if (messages.length > 0) return res.json({ messages });
  const timer = setTimeout(() => {
    waiting.delete(waiter);
    res.json({ messages: [] });
  }, 60_000);
  const waiter = { res, timer };
  waiting.add(waiter);
  req.on('close', () => {
    clearTimeout(timer);
    waiting.delete(waiter);
  });
});

app.get('/sse', (req, res) => {
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', Connection: 'keep-alive' });
  res.flushHeaders();
  streams.add(res);
  req.on('close', () => streams.delete(res));
});

const server = createServer(app);

servePeer({
  listen: () => listenOn(server),
  publish(messages) {
    for (const message of messages) {
      log.push(message);
      if (log.length > HELD_MESSAGES) log.shift();
      for (const res of streams) res.write(`data: ${JSON.stringify(message)}\n\n`);
      for (const waiter of waiting) {
        clearTimeout(waiter.timer);
        waiting.delete(waiter);
        waiter.res.json({ messages: [message] });
      }
    }
  },
  held: () => waiting.size,
  served: () => served,
});
