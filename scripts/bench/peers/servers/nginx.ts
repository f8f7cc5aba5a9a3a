import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../free-port.ts';
import type { PeerMessage } from '../message.ts';
import { createPostPublisher } from '../post-publisher.ts';
import { childrenOf, processUse } from '../process-use.ts';
import { findNchan, findNginx } from '../programs.ts';
import { servePeer } from '../serve.ts';

/**
 * nginx, written in C, with the nchan module where it is there: the yardstick. One worker. This process publishes to it
 * and waits for the answers: that is its turn. By default nchan answers a poll with one message; a second argument
 * `several` has it answer long polls with all there are.
 */
const READY_WITHIN_MS = 10_000;

const program = findNginx();
if (!program) throw new Error('There is no nginx on this machine.');
const module = findNchan();
const folder = mkdtempSync(join(tmpdir(), 'lab-nginx-'));
const port = await freePort();
writeFileSync(join(folder, 'nginx.conf'), configuration());
mkdirSync(join(folder, 'tmp'));
const nginx = spawn(program, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = once(nginx, 'exit');
// Where the bench itself is ended, its nginx goes with it.
process.on('exit', () => nginx.kill('SIGTERM'));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
await untilReady();
const [worker] = childrenOf(nginx.pid ?? -1);
if (worker === undefined) throw new Error('nginx has no worker.');
const post = module && createPostPublisher({ port, path: '/publish', contentType: 'text/plain' });

servePeer({
  listen: async () => port,
  ...(post && {
    publish: (messages: readonly PeerMessage[]) => post(messages.map((message) => JSON.stringify(message))),
  }),
  held: async () => Number(/subscribers: (\d+)/.exec(await ask('/nchan-status'))?.[1]),
  served: async () => Number(/\n\s*\d+ \d+ (\d+)/.exec(await ask('/status'))?.[1]),
  outside: { pids: [worker], use: () => processUse(worker), end },
});

async function end(): Promise<void> {
  nginx.kill('SIGTERM'); // at once, workers included
  await ended;
  await rm(folder, { recursive: true, force: true });
}

function configuration(): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path tmp/${kind};`)
    .join('\n');
  const subscriber = (path: string, kind: string, ...more: readonly string[]): string =>
    `    location = ${path} { nchan_subscriber ${kind}; nchan_channel_id feed; ${more.join(' ')} }`;
  const answers = process.argv[3] === 'several' ? ['nchan_longpoll_multipart_response raw;'] : [];
  // A short poll that finds no message is not told where it stands: the next one must not miss the first message.
  const fromFirst = 'nchan_subscriber_first_message oldest;';
  const fromNow = 'nchan_subscriber_first_message newest;';
  return `
${module ? `load_module ${module};` : ''}
pid nginx.pid;
error_log stderr emerg;
worker_processes 1;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
${temporary}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  ${module ? 'nchan_message_buffer_length 1000; nchan_message_timeout 60s;' : ''}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /204 { return 204; }
    location = /status { stub_status; }
${
  module
    ? `
    location = /publish { nchan_publisher; nchan_channel_id feed; }
    location = /nchan-status { nchan_stub_status; }
${subscriber('/websocket', 'websocket', fromNow)}
${subscriber('/sse', 'eventsource', fromNow)}
${subscriber('/long-poll', 'longpoll', fromNow, ...answers)}
${subscriber('/short-poll', 'intervalpoll', fromFirst)}`
    : ''
}
  }
}
`;
}

async function untilReady(): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await ask('/status').catch((error: Error) => error);
    if (typeof answer === 'string') return;
    if (nginx.exitCode !== null) throw new Error('nginx has ended before it was ready.');
    if (performance.now() > deadline) throw new Error(`nginx does not answer: ${answer.message}`);
    await sleep(20);
  }
}

function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}
