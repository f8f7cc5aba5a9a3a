import { expect, test } from 'vitest';
import type { TransportName } from '../../../server/wire.ts';
import { binary } from './binary.ts';

const lanesWith = async (transports?: readonly TransportName[]) => {
  const settings = { quick: true, short: true, blocks: 1, seed: 1, payloadBytes: 120, transports };
  const { design } = await binary.plan({
    ...settings,
    clients: undefined,
    ratesPerSecond: undefined,
    intervalsMs: undefined,
  });
  return design.lanes.map(({ id }) => id);
};

test('WebSocket is there twice, with frames and with base64, beside techniques and libraries', async () => {
  const lanes = await lanesWith();
  expect(lanes).toEqual(expect.arrayContaining(['websocket', 'websocket-base64', 'sse', 'socketio-polling']));
  expect(lanes).not.toContain('ndjson');
});

test('any lane can be asked for', async () => {
  expect(await lanesWith(['ndjson', 'websocket'])).toEqual(['ndjson', 'websocket', 'websocket-base64']);
});
