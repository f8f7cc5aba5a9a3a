import { expect, test } from 'vitest';
import { arrivals, loss, probe, type RowChange, STREAM } from './fixtures.ts';
import { recommend } from './recommend.ts';

const HELD: RowChange = { evidence: { arrivals: [], openedAtMs: [], exchanges: [STREAM] } };

test('where all pass: SSE, or WebSocket for those who talk; nothing to be mended', () => {
  const { now, after } = recommend(probe());
  expect(now).toMatchObject({ transport: 'sse', why: expect.stringContaining('WebSocket') });
  expect(after).toBe(now);
});

test('what a naive server would meet is no reason against a transport, but a reason for manners', () => {
  const { now, after } = recommend(probe({ 'sse naive': HELD }));
  expect(now.transport).toBe('sse');
  expect(after.why).toContain('polite');
});

test('where SSE is held: WebSocket, or the long poll where that does not pass either', () => {
  expect(recommend(probe({ sse: HELD })).now.transport).toBe('websocket');
  expect(recommend(probe({ sse: HELD, websocket: HELD })).now).toMatchObject({
    transport: 'long-poll',
    why: expect.stringContaining('SSE and WebSocket do not'),
  });
});

test('where only SSE is late: WebSocket', () => {
  const late = { evidence: { arrivals: arrivals(() => 205) } };
  expect(recommend(probe({ sse: late })).now.transport).toBe('websocket');
});

test('a stream that is cut and comes back is better than a short poll', () => {
  const cut = { evidence: { losses: [loss({})] } };
  const { now } = recommend(probe({ sse: cut, websocket: cut, 'long-poll': HELD }));
  expect(now).toMatchObject({ transport: 'sse', why: expect.stringContaining('cursor') });
});

test('where nothing gets through it says so', () => {
  const all = { sse: HELD, websocket: HELD, 'long-poll': HELD, 'short-poll': HELD };
  expect(recommend(probe(all)).now.transport).toBeNull();
});
