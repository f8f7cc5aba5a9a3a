import { BINARY_PROTOCOL } from '../../server/wire.ts';
import { diagnose, feedUrl, type OpenPublisher, type TransportClient } from './client.ts';
import { binaryFrame, connectFrames, openFramePublisher, textFrame } from './frame-socket.ts';

/** One socket; its frames are messages, and control frames among them. */
export const connect: TransportClient['connect'] = (session) => {
  const { env, signal, binary } = session;
  const url = session.url();
  return connectFrames(
    session,
    (handlers) => env.openSocket(toSocketUrl(url), handlers, protocolsOf(binary)),
    () => diagnose(url, env, signal),
  );
};

/** Publishes over a socket of its own, which is sent no messages. */
export const openPublisher: OpenPublisher = (options, env) => {
  const { baseUrl, topic, client, token, binary = true, signal = new AbortController().signal } = options;
  const url = feedUrl(baseUrl, topic, 'websocket', { mode: 'publish', client });
  return openFramePublisher({
    open: (handlers) => env.openSocket(toSocketUrl(url), handlers, protocolsOf(binary)),
    encode: binary ? binaryFrame : textFrame,
    token,
    signal,
    explain: () => diagnose(url, env, signal),
  });
};

/** A server that speaks none of those asked for is no server of this wire: the connection fails. */
function protocolsOf(binary: boolean): readonly string[] {
  return binary ? [BINARY_PROTOCOL] : [];
}

function toSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}
