import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startInProcess } from '../scripts/testing/in-process.ts';
import { BUILT_SERVER, runLabToEnd, startLab } from '../scripts/testing/lab.ts';
import { RawClient } from '../scripts/testing/raw-client.ts';

// Here servers start as they do for users: from their source.
beforeAll(() => void vi.stubEnv(BUILT_SERVER, undefined));
afterAll(() => void vi.unstubAllEnvs());

const noSignals = process.platform === 'win32';

describe.skipIf(noSignals)('SIGTERM (which Windows does not have)', () => {
  test('says goodbye over every transport, and the process ends well before its deadline', async () => {
    await using lab = await startLab(['--drain-ms', '10000']);
    await using sse = new RawClient(lab.url);
    sse.get('/feeds/lab/sse');
    await sse.take('event: open');
    await using held = new RawClient(lab.url);
    held.get('/feeds/lab/long-poll');
    const { cursor } = JSON.parse((await held.response()).body);
    held.get(`/feeds/lab/long-poll?after=${cursor}`);
    await using socket = new RawClient(lab.url);
    socket.upgrade('/feeds/lab/websocket');
    await socket.head();
    await socket.takeFrame();
    while (!(await (await fetch(`${lab.url}/api/stats`)).text()).includes('"subscribers":3'));

    const begun = performance.now();
    const ended = lab.stop('SIGTERM');
    await sse.take('event: bye');
    const bye = JSON.parse(
      await sse
        .take('\n')
        .then(() => sse.take('\n'))
        .then((line) => line.slice(6)),
    );
    expect(bye.reason).toBe('draining');
    expect(bye.retryAfterMs).toBeGreaterThanOrEqual(200);
    expect(bye.retryAfterMs).toBeLessThanOrEqual(1500);
    const answer = await held.response();
    expect([answer.status, answer.headers['connection']]).toEqual([204, 'close']);
    const frame = JSON.parse((await socket.takeFrame()).payload.toString());
    expect(frame).toMatchObject({ control: 'bye', reason: 'draining' });
    const close = await socket.takeFrame();
    expect([close.opcode, close.payload.readUInt16BE()]).toEqual([8, 1001]);
    socket.socket.destroy();
    sse.socket.end();
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('whoever does not leave by then is cut off at the deadline', async () => {
    await using lab = await startLab(['--drain-ms', '300']);
    await using stuck = new RawClient(lab.url);
    stuck.upgrade('/feeds/lab/websocket');
    await stuck.head();
    const begun = performance.now();
    expect(await lab.stop('SIGTERM')).toMatchObject({ code: 0 });
    expect(performance.now() - begun).toBeGreaterThan(290);
    await stuck.closed();
  });

  test('another signal of another kind does not cut the goodbye short; the same one again does', async () => {
    for (const [second, code] of [
      ['SIGINT', 0],
      ['SIGTERM', 1],
    ] as const) {
      await using lab = await startLab(['--drain-ms', '600']);
      await using stuck = new RawClient(lab.url);
      stuck.upgrade('/feeds/lab/websocket');
      await stuck.head();
      const begun = performance.now();
      process.kill(lab.pid, 'SIGTERM');
      while (!lab.output.includes('SIGTERM: leaving')) await new Promise((resolve) => setTimeout(resolve, 5));
      process.kill(lab.pid, second);
      expect((await lab.exited).code).toBe(code);
      if (code === 0) expect(performance.now() - begun).toBeGreaterThan(590);
    }
  });
});

test('while it leaves, a message that still comes in is told to come back later', async () => {
  const lab = await startInProcess(['--drain-ms', '2000']);
  await using raw = new RawClient(lab.url);
  const body = '{"type":"t","data":1}';
  raw.send(`POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nContent-Length: ${body.length}\r\n\r\n`);
  while (!(await (await fetch(`${lab.url}/api/stats`)).text()).includes('"active":1'));
  const closing = lab.close();
  raw.send(body);
  const { status, headers, body: text } = await raw.response();
  expect([status, JSON.parse(text).code]).toEqual([503, 'draining']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  await raw.closed();
  await closing;
});

test('when its last answer is out it is gone, however long its connections might be kept', async () => {
  const lab = await startInProcess(['--drain-ms', '10000']);
  await using raw = new RawClient(lab.url);
  const body = '{"type":"t","data":1}';
  raw.send(`POST /feeds/lab/messages HTTP/1.1\r\nHost: lab\r\nContent-Length: ${body.length}\r\n\r\n`);
  while (!(await (await fetch(`${lab.url}/api/stats`)).text()).includes('"active":1'));
  const begun = performance.now();
  const closing = lab.close();
  raw.send(body);
  expect((await raw.response()).status).toBe(503);
  await closing;
  expect(performance.now() - begun).toBeLessThan(5000);
});

test('a port that is taken is said in one line, with what to do', async () => {
  await using lab = await startLab();
  const { port } = new URL(lab.url);
  const { code, output } = await runLabToEnd(['--port', port]);
  expect(code).toBe(1);
  expect(output).toContain(`Port ${port} on 127.0.0.1 is taken.`);
  expect(output).toContain('--port 0');
  expect(output).not.toContain('    at ');
});

test('an address that is not this machine’s is said in one line', async () => {
  const { code, output } = await runLabToEnd(['--host', '192.0.2.1', '--token', 'secret']);
  expect(code).toBe(1);
  expect(output).toContain('no address 192.0.2.1');
});

test('flags can be set by the environment of the process', async () => {
  const { code, output } = await runLabToEnd([], { LAB_LOG_BYTES: 'many' });
  expect(code).toBe(1);
  expect(output).toContain("'many' from env 'LAB_LOG_BYTES'");
});
