import type { TransportName } from '../../../server/wire.ts';
import type { Goal } from '../../../web/results/schema.ts';
import { cellId, idleCellId, MODERATE } from './grid.ts';
import { LAB, LAB_2MS } from './roster.ts';

/** The transports that hold a connection while nothing happens. */
const IDLE = ['websocket', 'sse', 'long-poll'] as const satisfies readonly TransportName[];

/** Where the lab is to get to, in processor time per delivery: at most this many times a peer's. */
export const GOALS: readonly Goal[] = [
  ...against(LAB, 'websocket', 1, { 'ws-naive': 0.6, socketio: 0.5, raw: 1.1 }),
  ...against(LAB, 'websocket', 16, { socketio: 1 / 20, nchan: 1 / 5, 'raw-batched': 1.15 }),
  ...against(LAB, 'sse', 1, { 'better-sse': 0.4, raw: 1.1 }),
  ...against(LAB, 'sse', 16, { 'better-sse': 1 / 16, nchan: 1 / 6 }),
  // nchan leaves it to the kernel to send messages together (Nagle); against it stands what does so too.
  ...against(LAB_2MS, 'websocket', 4, { nchan: 1 / 1.4 }),
  ...against(LAB_2MS, 'websocket', 64, { nchan: 1 / 8 }),
  ...against(LAB, 'short-poll', 0, { express: 1 / 8, fastify: 1, nchan: 2 }),
  ...against(LAB, 'long-poll', 1, { express: 1 / 8, nchan: 1.6 }),
  memory('websocket', 7.5),
  memory('sse', 13),
  memory('long-poll', 13),
  ...IDLE.map((transport): Goal => ({ ...memory(transport, 1), against: 'nchan', stretch: true })),
  // A large broadcast gives way to all else.
  ...(['websocket', 'sse'] as const).map(
    (transport): Goal => ({ lane: LAB, metric: 'healthz', cell: idleCellId(transport), atMost: 50 }),
  ),
];

function against(
  lane: string,
  transport: TransportName,
  burst: number,
  ratios: Record<string, number>,
): readonly Goal[] {
  return Object.entries(ratios).map(([peer, atMost]) => ({
    lane,
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
