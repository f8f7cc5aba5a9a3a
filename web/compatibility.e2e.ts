import { readFile } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../scripts/testing/chromium.ts';
import { type Lab, startLab } from '../scripts/testing/lab.ts';
import { MANNERS, type Stats, TECHNIQUES } from '../server/wire.ts';
import { sampleCompat, sampleOwnProbe } from './compat/testing/sample.ts';

const SOON = { timeout: 15_000, interval: 100 };

let browser: Browser;
let lab: Lab;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium()!, args: [...CHROMIUM_ARGS] });
  lab = await startLab(['--token', 's3cret']);
}, 60_000);

afterAll(async () => {
  await lab?.stop('SIGKILL');
  await browser?.close();
});

/** The page at the lab as if it had these runs; errors are what must not happen on it. */
async function open(
  runs: Readonly<Record<string, ReturnType<typeof sampleCompat>>>,
  path = '/#/compatibility',
): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.route('**/api/results', (route) =>
    route.fulfill({ json: { runs: [], compat: Object.keys(runs) } }),
  );
  for (const [name, compat] of Object.entries(runs)) {
    await page.route(`**/results/${name}/compat.json`, (route) => route.fulfill({ json: compat }));
  }
  await page.goto(`${lab.url}${path}`);
  return { page, errors };
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

describe('a run of the compatibility lab', () => {
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    const runs = { full: sampleCompat(), quick: sampleCompat({ name: 'quick', timeScale: 0.05 }) };
    ({ page, errors } = await open(runs));
  });
  afterAll(() => page?.close());

  it('has its verdict at the top, and a cell for each path, transport and server', async () => {
    await expect
      .poll(() => page.locator('.headline .lead').textContent(), SOON)
      .toContain('Products as shipped');
    expect(await page.locator('.headline .digest').textContent()).toContain('What decides is defaults');
    const techniques = page.locator('section[aria-labelledby=matrix]');
    expect(await techniques.locator('button.outcome').count()).toBe(14 * 8);
    const row = techniques.getByRole('row').filter({ hasText: 'NAT black hole' });
    expect(await row.getByRole('button', { name: 'dead' }).count()).toBe(3);
    expect(await page.getByText('varnish, as shipped').isVisible()).toBe(true);
    expect(await page.getByRole('link', { name: 'Compatibility' }).getAttribute('aria-current')).toBe('page');
    expect(errors).toEqual([]);
  });

  it('has other lanes in a part of their own, and rings what is unlike the technique beside it', async () => {
    const further = page.locator('section[aria-labelledby=further]');
    expect(await further.locator('button.outcome').count()).toBe(13 * 2 * 3);
    expect(await further.locator('button.unlike').count()).toBe(2);
    const row = further.getByRole('row').filter({ hasText: 'Waits for the whole response' });
    expect(
      await row.getByRole('button', { name: 'nothing, interrupted 4 times, unlike Long poll' }).count(),
    ).toBe(1);
    expect(await further.textContent()).toContain('NDJSON comes through where SSE does, and nowhere else');
  });

  it('tells in one cell what surrounds the page does to lanes beside the techniques', async () => {
    const row = page.locator('table.environments tr').filter({ hasText: 'connect-src ’self’' });
    const cell = row.locator('td').last();
    expect(await cell.locator('summary').textContent()).toContain('1 of 2 does not work: JSONP');
    expect(await cell.textContent()).toContain('The console speaks of script-src.');
  });

  it('opens a cell’s details by keyboard, and a path’s configuration', async () => {
    const row = page.getByRole('row').filter({ hasText: 'nginx, as shipped' }).first();
    const cell = row.getByRole('button', { name: 'nothing' }).first();
    await cell.focus();
    await page.keyboard.press('Enter');
    const details = page.locator('.details-box');
    await expect
      .poll(() => details.textContent(), SOON)
      .toContain('The upgrade was answered with 400. (status 400)');
    expect(await cell.getAttribute('aria-expanded')).toBe('true');
    await row.getByRole('button', { name: 'nginx, as shipped' }).click();
    await expect.poll(() => details.textContent(), SOON).toContain('# nginx, as shipped');
    await row.getByRole('button', { name: 'nginx, as shipped' }).click();
    await expect.poll(() => details.count(), SOON).toBe(0);
  });

  it('judges pairs by products as shipped, and by other families where they are opened', async () => {
    const pair = page.locator('section[aria-labelledby=pairs]').getByRole('row', { name: /SSE > WebSocket/ });
    await expect.poll(() => pair.first().textContent(), SOON).toContain('2 to 0');
    expect(await pair.count()).toBe(1);
    await page.locator('section[aria-labelledby=pairs] summary', { hasText: /^Mechanisms/ }).click();
    await expect.poll(() => pair.last().textContent(), SOON).toContain('1 to 1');
  });

  it('marks a quick run, which makes no claim', async () => {
    await page.getByLabel('Run').selectOption('quick');
    await expect.poll(() => page.locator('.headline .lead').textContent(), SOON).toContain('makes no claim');
    expect(page.url()).toContain('#/compatibility/quick');
  });

  it('fits a narrow window: its tables scroll within themselves', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const matrix = page.locator('.outcomes-card').first();
    expect(await matrix.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
    expect(errors).toEqual([]);
  });
});

describe('a probe of one’s own path', () => {
  it('asks for the token, fills in, ends with a diagnosis, and can be saved and loaded', async () => {
    const { page, errors } = await open({});
    try {
      await press(page, '5 s');
      await expect.poll(() => page.getByText('It does not see idle limits').isVisible(), SOON).toBe(true);
      await press(page, 'Start the probe');
      await page.getByLabel('Token').fill('s3cret');
      await press(page, 'Use token');

      for (const name of TECHNIQUES) {
        for (const manners of MANNERS) {
          const count = page.locator(`[data-transport="${name}"] [data-manners="${manners}"] .count`);
          await expect.poll(() => count.textContent(), SOON).toMatch(/^([2-9]|1\d|2\d) of 25/);
        }
      }
      expect(await page.getByRole('progressbar').isVisible()).toBe(true);

      const diagnosis = page.locator('[data-diagnosis]');
      await expect.poll(() => diagnosis.count(), SOON).toBe(1);
      expect(await diagnosis.getAttribute('data-diagnosis')).toBe('clear');
      expect(await page.locator('[data-outcome="whole"]').count()).toBe(TECHNIQUES.length * 2);
      const download = page.waitForEvent('download');
      await press(page, 'Save as JSON');
      const saved = await readFile(await (await download).path(), 'utf8');

      await page.reload();
      await page
        .getByLabel('A saved probe')
        .setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(saved) });
      await expect.poll(() => diagnosis.count(), SOON).toBe(1);
      expect(await page.locator('#probe').textContent()).toContain('mine.json');
      // A refusal of the token that was not given yet is told by the browser as well; nothing else may go wrong.
      expect(errors.filter((error) => !/401/.test(error))).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('tells what a loaded probe found and what to do, and what cannot be loaded', async () => {
    const { page, errors } = await open({ full: sampleCompat() });
    const load = (name: string, text: string) =>
      page
        .getByLabel('A saved probe')
        .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
    try {
      await press(page, 'Probe this path');
      await load('broken.json', '{');
      await expect
        .poll(() => page.getByRole('alert').textContent(), SOON)
        .toContain('broken.json cannot be shown');
      await load('found.json', JSON.stringify(sampleOwnProbe()));
      await expect.poll(() => page.locator('[data-outcome="nothing"]').count(), SOON).toBe(2);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(await page.locator('[data-diagnosis] h4').first().textContent()).not.toBe('');
      await page.setViewportSize({ width: 390, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(errors).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('stops when it is told to, and when its page is left', async () => {
    const { page } = await open({}, '/#/compatibility?token=s3cret');
    /** Requests and sockets in progress: of streams, sockets and held polls there is one each. */
    const subscribers = async () => {
      const { traffic } = (await (await fetch(`${lab.url}/api/stats`)).json()) as Stats;
      return Object.values(traffic).reduce((sum, { active }) => sum + active, 0);
    };
    try {
      await press(page, 'Start the probe');
      await expect.poll(subscribers, SOON).toBeGreaterThan(3);
      await press(page, 'Stop');
      await expect.poll(subscribers, SOON).toBe(0);
      await press(page, 'Start the probe');
      await expect.poll(subscribers, SOON).toBeGreaterThan(3);
      await page.getByRole('link', { name: 'Results' }).click();
      await expect.poll(subscribers, SOON).toBe(0);
    } finally {
      await page.close();
    }
  });
});
