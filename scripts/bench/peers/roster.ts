import type { TransportName } from '../../../server/wire.ts';
import type { Lane } from '../../../web/results/schema.ts';
import type { Dialect } from './dialects.ts';
import type { Reach } from './grid.ts';
import { findNchan, findNginx } from './programs.ts';

/** A server that does what the lab does, over one transport or several. */
export interface RosterEntry {
  readonly lane: Lane;
  /** Its file in servers/. */
  readonly file: string;
  /** Arguments after the transport. */
  readonly args: readonly string[];
  /** A package of this folder's package.json that it needs. */
  readonly package?: string;
  /** What it answers at once, whatever else it does: to be asked for while it delivers to many. */
  readonly health?: string;
  /** True of what does less than the lab must: nobody can be better. */
  readonly limit?: true;
  /** True of the lab run in another way: nothing that the lab itself is to be better than. */
  readonly variant?: true;
  /** True of what answers a question of its own: it is run where it is asked for by name. */
  readonly extra?: true;
  /** Its part of the grid, where that is another than the others'. */
  readonly reach?: Reach;
  /** Why it cannot run on this machine, whatever is installed from the registry; undefined where it can. */
  readonly absent?: () => string | undefined;
  readonly transports: Partial<Record<TransportName, Dialect>>;
}

/** The lane of the lab itself. */
export const LAB = 'lab';
/** The lane of a lab that lets messages wait for others. */
export const LAB_2MS = 'lab-2ms';

const FEED = '/feeds/lab';
const LAB_STREAMS = {
  websocket: { kind: 'websocket', path: `${FEED}/websocket`, greeting: '}' },
  sse: { kind: 'get', path: `${FEED}/sse`, greeting: '}\n\n' },
} as const satisfies RosterEntry['transports'];
const NUMBERED = {
  'short-poll': { kind: 'poll', path: '/short-poll', after: 'number' },
  'long-poll': { kind: 'poll', path: '/long-poll', after: 'number' },
} as const satisfies RosterEntry['transports'];

/** Bursts that tell what it is to be published to from outside, as nchan is. */
const OUTSIDE_TOO = { alsoBursts: [4, 64] } as const satisfies Reach;

/** All that are compared: the lab, its peers, then what is a limit rather than a peer. */
export const ROSTER: readonly RosterEntry[] = [
  entry(
    LAB,
    'Lab',
    '#0b57d0',
    'lab.ts',
    {
      ...LAB_STREAMS,
      'short-poll': { kind: 'poll', path: `${FEED}/short-poll`, after: 'cursor' },
      'long-poll': { kind: 'poll', path: `${FEED}/long-poll?wait=60`, after: 'cursor' },
    },
    { reach: OUTSIDE_TOO, health: '/healthz' },
  ),
  entry(LAB_2MS, 'Lab, 2 ms of coalescing', '#60a5fa', 'lab-process.ts', LAB_STREAMS, {
    args: ['--coalesce-ms', '2'],
    variant: true,
    reach: { moderateOnly: true, ...OUTSIDE_TOO },
    absent: withoutProc,
  }),
  entry('lab-http', 'Lab, published to by HTTP', '#93c5fd', 'lab-process.ts', LAB_STREAMS, {
    extra: true,
    variant: true,
    reach: { moderateOnly: true, ...OUTSIDE_TOO },
    absent: withoutProc,
  }),
  entry(
    'lab-deflate',
    'Lab, compressing once for all',
    '#0e7490',
    'lab.ts',
    { websocket: { ...LAB_STREAMS.websocket, deflate: 'alone' } },
    { args: ['--deflate'], variant: true, reach: { moderateOnly: true } },
  ),
  entry(
    'ws-naive',
    'ws, a string for each client',
    '#c2410c',
    'ws-naive.mjs',
    { websocket: { kind: 'websocket', path: '/' } },
    { package: 'ws' },
  ),
  entry(
    'ws-prepared',
    'ws, one string for all',
    '#ea9a3e',
    'ws-prepared.mjs',
    { websocket: { kind: 'websocket', path: '/' } },
    { package: 'ws' },
  ),
  entry(
    'ws-deflate',
    'ws, compressing',
    '#fdba74',
    'ws-deflate.mjs',
    { websocket: { kind: 'websocket', path: '/', deflate: 'in-context' } },
    { package: 'ws', reach: { moderateOnly: true } },
  ),
  entry(
    'ws-deflate-alone',
    'ws, compressing each message by itself',
    '#fed7aa',
    'ws-deflate.mjs',
    { websocket: { kind: 'websocket', path: '/', deflate: 'alone' } },
    { package: 'ws', args: ['alone'], extra: true, reach: { moderateOnly: true } },
  ),
  entry(
    'socketio',
    'Socket.IO',
    '#7e22ce',
    'socketio.mjs',
    { websocket: { kind: 'socket.io' } },
    { package: 'socket.io' },
  ),
  entry(
    'sockjs',
    'SockJS',
    '#c084fc',
    'sockjs.mjs',
    { websocket: { kind: 'sockjs' } },
    { package: 'sockjs' },
  ),
  entry(
    'better-sse',
    'better-sse',
    '#be185d',
    'better-sse.mjs',
    { sse: { kind: 'get', path: '/', greeting: 'retry:2000\n\n' } },
    { package: 'better-sse' },
  ),
  entry(
    'express',
    'Express',
    '#15803d',
    'express.mjs',
    { sse: { kind: 'get', path: '/sse' }, ...NUMBERED },
    { package: 'express' },
  ),
  entry('fastify', 'fastify', '#0f766e', 'fastify.mjs', NUMBERED, { package: 'fastify' }),
  entry(
    'nchan',
    'nchan (C)',
    '#475569',
    'nginx.ts',
    {
      websocket: { kind: 'websocket', path: '/websocket' },
      sse: { kind: 'get', path: '/sse', greeting: ': hi\n\n' },
      'short-poll': { kind: 'poll', path: '/short-poll', after: 'validators' },
      'long-poll': { kind: 'poll', path: '/long-poll', after: 'validators' },
    },
    { reach: OUTSIDE_TOO, absent: withoutNchan },
  ),
  entry(
    'nchan-several',
    'nchan (C), several messages an answer',
    '#cbd5e1',
    'nginx.ts',
    { 'long-poll': { kind: 'poll', path: '/long-poll', after: 'validators' } },
    { args: ['several'], extra: true, reach: { moderateOnly: true }, absent: withoutNchan },
  ),
  entry('http', 'bare Node http', '#a16207', 'http.ts', NUMBERED, { limit: true }),
  entry(
    'nginx-204',
    'nginx return 204 (C)',
    '#94a3b8',
    'nginx.ts',
    { 'short-poll': { kind: 'poll', path: '/204', after: 'number' } },
    { limit: true, reach: { silent: true }, absent: withoutNginx },
  ),
  entry(
    'raw',
    'bare TCP',
    '#111827',
    'raw-tcp.ts',
    { websocket: { kind: 'raw' }, sse: { kind: 'raw' } },
    { limit: true },
  ),
  entry(
    'raw-batched',
    'bare TCP, batched',
    '#6b7280',
    'raw-tcp.ts',
    { websocket: { kind: 'raw' }, sse: { kind: 'raw' } },
    { limit: true, args: ['batched'] },
  ),
];

function entry(
  id: string,
  title: string,
  colour: string,
  file: string,
  transports: RosterEntry['transports'],
  more: Partial<RosterEntry> = {},
): RosterEntry {
  const marker = id === LAB || more.variant ? 'circle' : more.limit ? 'rect' : 'cross';
  return { lane: { id, title, colour, marker }, file, args: [], transports, ...more };
}

/** What is told of other processes than the one that is asked comes from Linux's /proc. */
function withoutProc(): string | undefined {
  return process.platform === 'linux'
    ? undefined
    : 'its processor time is read from /proc, which only Linux has';
}

function withoutNginx(): string | undefined {
  const withoutReading = withoutProc();
  if (withoutReading) return withoutReading;
  return findNginx() ? undefined : 'no nginx was found (Debian: apt-get install nginx)';
}

function withoutNchan(): string | undefined {
  const withoutItsServer = withoutNginx();
  if (withoutItsServer) return withoutItsServer;
  return findNchan()
    ? undefined
    : 'nginx’s nchan module was not found (Debian: apt-get install libnginx-mod-nchan)';
}
