import { describe, expect, it } from 'vitest';
import { TRANSPORT_NAMES, TRANSPORTS } from '../../server/wire.ts';
import { allot, CONNECTIONS, holdsConnection, multiplexes } from './connections.ts';

/** Lanes that hold a connection, as often as it takes to have that many. */
const holders = (count: number) => Array.from({ length: count }, () => 'sse' as const);

describe('the connections that a browser has for one server', () => {
  it('are held by what is kept waiting or does not end, and by no WebSocket', () => {
    expect(holdsConnection('short-poll')).toBe(false);
    expect(holdsConnection('long-poll')).toBe(true);
    expect(holdsConnection('sse')).toBe(true);
    expect(holdsConnection('websocket')).toBe(false);
    for (const name of TRANSPORT_NAMES.filter((one) => TRANSPORTS[one].carrier === 'response'))
      expect(holdsConnection(name), name).toBe(true);
  });

  it('are never all given away: who would take the last one waits', () => {
    const lanes = [...holders(CONNECTIONS - 1), 'websocket', 'short-poll', 'long-poll'] as const;
    const { running, waiting, holding } = allot(lanes, false, 0);
    expect(holding).toEqual(holders(CONNECTIONS - 1));
    expect(waiting).toEqual(['long-poll']);
    expect(running).toEqual(lanes.slice(0, -1));
  });

  it('are shared with other tabs', () => {
    expect(allot(['long-poll', 'sse', 'websocket'], false, CONNECTIONS - 2)).toEqual({
      running: ['long-poll', 'websocket'],
      waiting: ['sse'],
      holding: ['long-poll'],
    });
    expect(allot(['sse'], false, 2 * CONNECTIONS).waiting).toEqual(['sse']);
  });

  it('are no matter where one is shared by all requests', () => {
    expect(allot(holders(20), true, 20).waiting).toEqual([]);
    expect(['h2', 'h3', 'h3-29'].every(multiplexes)).toBe(true);
    expect(['http/1.1', 'http/1.0', ''].some(multiplexes)).toBe(false);
  });
});
