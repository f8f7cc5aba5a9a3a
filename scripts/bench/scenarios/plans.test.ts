import { expect, test } from 'vitest';
import { TECHNIQUES, TRANSPORT_NAMES, TRANSPORTS, type TransportName } from '../../../server/wire.ts';
import { quickSettings } from '../../testing/quick-settings.ts';
import { capacity } from './capacity.ts';
import { comparisonsOf } from './common.ts';
import { lanes } from './lanes.ts';
import { latency } from './latency.ts';
import { silence } from './silence.ts';
import { upstream } from './upstream.ts';

const laneIdsOf = async (scenario: typeof latency, transports?: readonly TransportName[]) =>
  (await scenario.plan(quickSettings(transports))).design.lanes.map(({ id }) => id);

test.each([latency, silence])(
  '$name has the four techniques, and any lane that is asked for',
  async (scenario) => {
    expect(await laneIdsOf(scenario)).toEqual(TECHNIQUES);
    expect(await laneIdsOf(scenario, ['sse', 'ndjson', 'tcp'])).toEqual(['sse', 'ndjson', 'tcp']);
  },
);

test('every lane of the registry is in its own scenario', async () => {
  expect(await laneIdsOf(lanes)).toEqual(TRANSPORT_NAMES);
});

test('upstream has every way up there is, and POST for all others', async () => {
  const own = TRANSPORT_NAMES.filter((name) => TRANSPORTS[name].up !== undefined);
  expect(own).toContain('websocket');
  expect(await laneIdsOf(upstream)).toEqual(['post', ...own]);
});

test('no folk ranking is made of what is no technique', async () => {
  for (const scenario of [latency, silence, capacity, lanes]) {
    const { claims } = (await scenario.plan(quickSettings(TRANSPORT_NAMES))).design;
    const ranked = new Set(claims.flatMap(({ better, worse }) => [better, worse]));
    expect([...ranked].filter((id) => !TECHNIQUES.some((name) => name === id))).toEqual([]);
  }
});

test('each lane is held against what the registry says, the floor below others, and none against what is not there', () => {
  const comparisons = comparisonsOf(TRANSPORT_NAMES);
  const further = TRANSPORT_NAMES.filter((name) => TRANSPORTS[name].against !== undefined);
  expect(comparisons).toHaveLength(further.length);
  expect(comparisons).toContainEqual({ lane: 'ndjson', against: 'sse' });
  expect(comparisons).toContainEqual({ lane: 'websocket', against: 'tcp' });
  expect(comparisonsOf(['ndjson', 'websocket'])).toEqual([]);
});

test('what bare requests and bare sockets cannot ask for is left out of capacity by name', async () => {
  const { design, subjects } = await capacity.plan(
    quickSettings(['sse', 'ndjson', 'socketio-websocket', 'tcp']),
  );
  expect(design.lanes.map(({ id }) => id)).toEqual(['sse', 'ndjson', 'publish']);
  expect(subjects).toHaveLength(2);
  const told = design.method.find((sentence) => sentence.startsWith('Left out'));
  expect(told).toContain('Socket.IO, WebSocket begins with a handshake of its library’s own');
  expect(told).toContain('Raw TCP speaks no HTTP');
});

test('what the reader is to know of a lane is said where the lane is there', async () => {
  const methodOf = async (transports: readonly TransportName[]) =>
    (await lanes.plan(quickSettings(transports))).design.method.join(' ');
  expect(await methodOf(['sse', 'ndjson'])).not.toMatch(/library’s own client|port of its own|only a page/);
  expect(await methodOf(['websocket', 'socketio-websocket', 'tcp'])).toMatch(
    /Socket\.IO, WebSocket: the load runs the library’s own client.*Raw TCP: a port of its own/,
  );
  expect(await methodOf(['long-poll', 'jsonp', 'forever-iframe'])).toMatch(
    /Forever iframe; JSONP: only a page can run|JSONP; Forever iframe: only a page can run/,
  );
  expect(await methodOf(['long-poll'])).not.toContain('no model');
  expect(await methodOf(['socketio-polling'])).toContain('Socket.IO, polling has no model');
});
