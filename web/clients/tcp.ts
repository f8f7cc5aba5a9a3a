import {
  type Env,
  feedUrl,
  type OpenPublisher,
  ProblemError,
  type SocketHandlers,
  type TransportClient,
} from './client.ts';
import { connectFrames, openFramePublisher } from './frame-socket.ts';

/** One TCP connection; its lines are messages, and control frames among them. */
export const connect: TransportClient['connect'] = (session) =>
  connectFrames(session, (handlers) => openLines(session.env, session.url(), handlers));

/** Publishes over a connection of its own, which is sent no messages. */
export const openPublisher: OpenPublisher = ({ baseUrl, topic, client, token, signal }, env) => {
  const url = feedUrl(baseUrl, topic, 'tcp', { mode: 'publish', client });
  return openFramePublisher({ open: (handlers) => openLines(env, url, handlers), token, signal });
};

function openLines(env: Env, url: string, handlers: SocketHandlers) {
  if (env.openLines) return env.openLines(url, handlers);
  throw new ProblemError('bad-value', 'A page may open no TCP connection: raw TCP is for other clients.');
}
