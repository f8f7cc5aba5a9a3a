import type { TransportName } from '../../../server/wire.ts';
import type { Goal } from '../../../web/results/schema.ts';
import { cellId, idleCellId, MODERATE } from './grid.ts';
import { LAB } from './roster.ts';

/** Where the lab is to get to, in processor time per delivery: at most this many times a peer's. */
export const GOALS: readonly Goal[] = [
  ...against('websocket', 1, { 'ws-naive': 0.6, socketio: 0.5, raw: 1.1 }),
  ...against('websocket', 16, { socketio: 1 / 20, nchan: 1 / 5, 'raw-batched': 1.15 }),
  ...against('sse', 1, { 'better-sse': 0.4, raw: 1.1 }),
  ...against('sse', 16, { 'better-sse': 1 / 16, nchan: 1 / 6 }),
  ...against('short-poll', 1, { express: 1 / 8, fastify: 1, nchan: 2 }),
  ...against('long-poll', 1, { express: 1 / 8, nchan: 1.6 }),
  memory('websocket', 7.5),
  memory('sse', 13),
  memory('long-poll', 13),
];

function against(transport: TransportName, burst: number, ratios: Record<string, number>): readonly Goal[] {
  return Object.entries(ratios).map(([peer, atMost]) => ({
    lane: LAB,
    against: peer,
    metric: 'cpu',
    cell: cellId(transport, MODERATE.subscribers, burst),
    atMost,
  }));
}

/** In KB of resident memory for each idle connection, whatever others need. */
function memory(transport: TransportName, atMost: number): Goal {
  return { lane: LAB, metric: 'rss', cell: idleCellId(transport), atMost };
}
