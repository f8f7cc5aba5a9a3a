import { expect, test } from 'vitest';
import { startLab } from './lab.ts';

test('a lab answers at its address, comes back on the same port, and ends with its block', async () => {
  let url: string;
  {
    await using lab = await startLab();
    url = lab.url;
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const { pid } = lab;
    await lab.restart();
    expect(lab.pid).not.toBe(pid);
    expect(lab.url).toBe(url);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  }
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('a lab that cannot start says why', async () => {
  await expect(startLab(['--log-messages', '0'])).rejects.toThrow(/log-messages/);
});
