import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessLab, startInProcess } from '../../scripts/testing/in-process.ts';
import { RawClient } from '../../scripts/testing/raw-client.ts';

const FRIEND = 'https://friend.example';

let lab: InProcessLab;
beforeAll(async () => {
  lab = await startInProcess(['--allow-origin', FRIEND]);
});
afterAll(() => lab.close());

/** Takes an element with what is in it. */
const takeScript = (raw: RawClient): Promise<string> => raw.take('</script>');

test.each(['polite', 'naive'])(
  'a %s document runs its own scripts alone, in the frame of the page it is for',
  async (manners) => {
    await using raw = new RawClient(lab.url);
    raw.get(`/feeds/lab/forever-iframe?manners=${manners}&origin=${encodeURIComponent(FRIEND)}`);
    const { status, headers } = await raw.head();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'unsafe-inline'; frame-ancestors ${FRIEND}`,
    );
    expect(await takeScript(raw)).toContain(`parent.postMessage(m,"${FRIEND}")`);
    expect(await takeScript(raw)).toMatch(/^<script>f\(\{"control":"open",.*\}\);<\/script>$/);
  },
);

test('without the origin of a page it is for those of the server’s own', async () => {
  await using raw = new RawClient(lab.url);
  raw.get('/feeds/lab/forever-iframe');
  const { headers } = await raw.head();
  expect(headers['content-security-policy']).toContain("frame-ancestors 'self'");
  expect(await takeScript(raw)).toContain('parent.postMessage(m,location.origin)');
});

test('each message is a script of its own, with nothing between them that would stay in the document', async () => {
  await using raw = new RawClient(lab.url);
  raw.get('/feeds/messages/forever-iframe');
  await raw.head();
  await takeScript(raw);
  await takeScript(raw);
  for (const data of ['</script><script>alert(1)</script>', 'plain']) {
    const body = JSON.stringify({ type: 't', data });
    await fetch(`${lab.url}/feeds/messages/messages`, { method: 'POST', body });
    const script = await takeScript(raw);
    const [, json = ''] = /^<script>f\((.*)\);<\/script>$/.exec(script) ?? [];
    expect(JSON.parse(json)).toMatchObject({ data });
    expect(raw.text).toBe('');
  }
});
