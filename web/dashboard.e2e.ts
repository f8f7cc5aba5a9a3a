import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../scripts/testing/chromium.ts';
import { type Lab, startLab } from '../scripts/testing/lab.ts';
import { isTechnique, TECHNIQUES, TRANSPORTS, type TransportName, transportsOf } from '../server/wire.ts';

const SOON = { timeout: 15_000, interval: 100 };

let browser: Browser;
/** In whose window all pages are tabs: a window of its own costs each of them a second of a processor. */
let shared: BrowserContext;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium()!, args: [...CHROMIUM_ARGS] });
  shared = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await shared.newPage(); // without a tab there is no window
}, 60_000);

afterAll(() => browser?.close());

/** A page at a lab, with all that must not happen on it. */
async function open(lab: Lab, path: string): Promise<{ page: Page; strangers: string[]; errors: string[] }> {
  return openIn(await shared.newPage(), lab, path);
}

async function openIn(
  page: Page,
  lab: Lab,
  path: string,
): Promise<{ page: Page; strangers: string[]; errors: string[] }> {
  const strangers: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(lab.url).host) strangers.push(request.url());
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(lab.url).host) strangers.push(socket.url());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`${lab.url}${path}`);
  return { page, strangers, errors };
}

const panel = (page: Page, name: TransportName) => page.locator(`[data-transport="${name}"]`);
const state = (page: Page, name: TransportName) =>
  panel(page, name).locator('.panel-head .state').textContent();

/** A figure of a panel by its name, as a number. */
async function figure(page: Page, name: TransportName, label: string): Promise<number> {
  const term = panel(page, name).locator('dt').filter({ hasText: label });
  const text = (await term.locator('xpath=following-sibling::dd').first().textContent()) ?? '';
  return Number(text.replaceAll(',', '').split(' ')[0]);
}

const figures = (page: Page, label: string) =>
  Promise.all(TECHNIQUES.map((name) => figure(page, name, label)));

async function allAre(page: Page, wanted: string): Promise<void> {
  for (const name of TECHNIQUES) await expect.poll(() => state(page, name), SOON).toBe(wanted);
}

/** Waits until each transport has at least so many messages more. */
async function moreMessages(page: Page, count: number): Promise<void> {
  const before = await figures(page, 'Messages');
  for (const [index, name] of TECHNIQUES.entries()) {
    await expect
      .poll(() => figure(page, name, 'Messages'), SOON)
      .toBeGreaterThanOrEqual(before[index]! + count);
  }
}

/** Nothing missing, doubled or out of order on any transport. */
async function expectWhole(page: Page): Promise<void> {
  for (const label of ['Missing', 'Duplicates', 'Reordered']) {
    expect(await figures(page, label), label).toEqual(TECHNIQUES.map(() => 0));
  }
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const zeros = TECHNIQUES.map(() => 0);

describe('the live dashboard', () => {
  let lab: Lab;
  let page: Page;
  let strangers: string[];
  let errors: string[];

  beforeAll(async () => {
    lab = await startLab(['--rate', '5']);
    ({ page, strangers, errors } = await open(lab, '/?interval=200'));
  });
  afterEach(() => expect(strangers).toEqual([]));
  afterAll(async () => {
    await page?.close();
    await lab?.stop('SIGKILL');
  });

  it('shows messages, latency, requests and bytes of every transport', async () => {
    await allAre(page, 'Open');
    await moreMessages(page, 3);
    for (const name of TECHNIQUES) {
      await expect.poll(() => figure(page, name, 'p50'), SOON).toBeGreaterThan(0);
      expect(await figure(page, name, 'HTTP requests')).toBeGreaterThan(0);
      await expect.poll(() => figure(page, name, 'Bytes down'), SOON).toBeGreaterThan(0);
    }
    await expectWhole(page);
    expect(errors).toEqual([]);
  });

  it('changes the rate, and keeps it in the address', async () => {
    await press(page, '20');
    await expect
      .poll(async () => (await (await fetch(`${lab.url}/api/workload`)).json()).ratePerSecond, SOON)
      .toBe(20);
    await expect.poll(() => new URL(page.url()).searchParams.get('rate'), SOON).toBe('20');
    expect(new URL(page.url()).searchParams.get('interval')).toBe('200');
    await moreMessages(page, 20);
  });

  it('says what a number may be, and changes nothing by one that may not', async () => {
    const rate = page.getByLabel('Rate', { exact: true });
    await rate.fill('-3');
    await expect.poll(() => page.getByText('0 to 10,000 msg/s').isVisible(), SOON).toBe(true);
    await rate.press('Escape');
    await expect.poll(() => rate.inputValue(), SOON).toBe('20');
  });

  it('changes how it polls without loss', async () => {
    const interval = page.getByLabel('Poll interval');
    await interval.fill('100');
    await interval.press('Enter');
    const hold = page.getByLabel('Hold time');
    await hold.fill('5');
    await hold.press('Enter');
    await expect.poll(() => new URL(page.url()).search, SOON).toContain('interval=100&hold=5');
    await moreMessages(page, 20);
    await expectWhole(page);
    expect(await figures(page, 'Gaps')).toEqual(zeros);
  });

  it('cuts every line, and goes on without loss', async () => {
    await press(page, 'Cut all for 5 s');
    for (const name of TECHNIQUES) await expect.poll(() => state(page, name), SOON).toMatch(/^Cut, back in/);
    await allAre(page, 'Open');
    await moreMessages(page, 20);
    await expectWhole(page);
    expect(await figures(page, 'Gaps')).toEqual(zeros);
    expect(await figures(page, 'Reconnects')).toEqual(TECHNIQUES.map(() => 1));
    // All have seen the same feed, the time without a line included.
    const counts = await figures(page, 'Messages');
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(20);
  });

  it('stops and starts one transport, which misses nothing that it was subscribed to', async () => {
    const [name] = TECHNIQUES;
    const { title } = TRANSPORTS[name!];
    await press(page, `Stop ${title}`);
    await expect.poll(() => state(page, name!), SOON).toBe('Stopped');
    expect(new URL(page.url()).searchParams.get('off')).toBe(name);
    const stoppedAt = await figure(page, name!, 'Messages');
    const others = TECHNIQUES.slice(1);
    for (const other of others) {
      const before = await figure(page, other, 'Messages');
      await expect.poll(() => figure(page, other, 'Messages'), SOON).toBeGreaterThan(before + 10);
    }
    expect(await figure(page, name!, 'Messages')).toBe(stoppedAt);
    await press(page, `Start ${title}`);
    await allAre(page, 'Open');
    await moreMessages(page, 10);
    await expectWhole(page);
  });

  it('draws every lane of the timeline, tells what is under the pointer, and can be walked by keyboard', async () => {
    const canvas = page.locator('.lane-canvas canvas');
    const coloured = await canvas.evaluate((element: HTMLCanvasElement) => {
      const { width, height } = element;
      const { data } = element.getContext('2d')!.getImageData(0, 0, width, height);
      const found = new Set<string>();
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] === 255) found.add(data.slice(at, at + 3).join());
      }
      return [...found];
    });
    for (const name of TECHNIQUES) {
      const hex = TRANSPORTS[name].colour.slice(1);
      const rgb = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join();
      expect(coloured, name).toContain(rgb);
    }
    await canvas.focus();
    for (const [index, name] of TECHNIQUES.entries()) {
      await page.keyboard.press(index === 0 ? 'ArrowLeft' : 'ArrowDown');
      await expect.poll(() => page.locator('.tooltip').textContent(), SOON).toContain(TRANSPORTS[name].title);
    }
    expect(await page.getByRole('button', { name: 'Freeze' }).getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press(' ');
    expect(await page.getByRole('button', { name: 'Freeze' }).getAttribute('aria-pressed')).toBe('false');
  });

  it('sets its figures to zero', async () => {
    const before = await figures(page, 'Messages');
    await press(page, 'Reset figures');
    for (const [index, name] of TECHNIQUES.entries()) {
      await expect.poll(() => figure(page, name, 'Messages'), SOON).toBeLessThan(before[index]!);
    }
    await moreMessages(page, 5);
    await expectWhole(page);
  });

  it('shows the results and comes back with the same settings', async () => {
    await page.getByRole('link', { name: 'Results' }).click();
    await expect
      .poll(() => page.getByRole('heading', { level: 1 }).textContent(), SOON)
      .not.toContain('One feed');
    await page.getByRole('link', { name: 'Live' }).click();
    await allAre(page, 'Open');
    expect(await page.getByLabel('Poll interval').inputValue()).toBe('100');
    await moreMessages(page, 5);
    expect(errors).toEqual([]);
  });

  it('serves a report that draws itself under its policy', async () => {
    const report = await open(lab, '/results/lanes/report.html');
    await expect.poll(() => report.page.locator('canvas').count(), SOON).toBeGreaterThan(10);
    expect(report.strangers).toEqual([]);
    // It has no icon, and none is looked for elsewhere.
    expect(report.errors.filter((error) => !/favicon/.test(error))).toEqual([]);
    await report.page.close();
  });

  it('says when the server is gone, and goes on when it is back', async () => {
    await lab.stop('SIGKILL');
    const banner = page.getByRole('alert').filter({ hasText: 'The server does not answer' });
    await expect.poll(() => banner.isVisible(), SOON).toBe(true);
    await allAre(page, 'Waiting to reconnect');
    await lab.restart();
    await expect.poll(() => banner.count(), SOON).toBe(0);
    await allAre(page, 'Open');
    await moreMessages(page, 5);
    // The new server has a new log: everybody is told so.
    expect(await figures(page, 'Gaps')).toEqual(TECHNIQUES.map(() => 1));
    await expectWhole(page);
    // Browsers report connections that were refused or cut; nothing else may have gone wrong.
    expect(errors.filter((error) => !/net::ERR_|WebSocket connection to/.test(error))).toEqual([]);
  });
});

/** What is off until someone switches it on. */
const FURTHER = transportsOf('browser').filter((name) => !isTechnique(name));
const laneSwitch = (page: Page, name: TransportName) => page.locator(`[data-lane="${name}"]`);
const notice = (page: Page) => page.locator('[data-notice="connections"]');
const outcome = (page: Page) => page.locator('.publish .outcome').textContent();

describe('which transports run', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab(['--rate', '10']);
  });
  afterAll(() => lab?.stop('SIGKILL'));

  it('is the four techniques, and by a link others; what is off has no panel', async () => {
    const [further] = FURTHER;
    const { page } = await open(lab, `/?off=sse,long-poll&on=${further}`);
    try {
      for (const name of ['short-poll', 'websocket', further!] as const)
        await expect.poll(() => state(page, name), SOON).toBe('Open');
      expect(await page.locator('[data-transport]').count()).toBe(3);
      expect(await laneSwitch(page, 'sse').getAttribute('aria-pressed')).toBe('false');
      await laneSwitch(page, 'sse').click();
      await expect.poll(() => state(page, 'sse'), SOON).toBe('Open');
      await laneSwitch(page, further!).click();
      expect(await panel(page, further!).count()).toBe(0);
      await expect.poll(() => new URL(page.url()).search, SOON).toBe('?off=long-poll');
    } finally {
      await page.close();
    }
  });

  it.each(FURTHER)('%s delivers when it is switched on, and takes a message up', async (name) => {
    const { page, strangers, errors } = await open(lab, '/?off=short-poll,long-poll');
    try {
      await expect.poll(() => state(page, 'sse'), SOON).toBe('Open');
      await laneSwitch(page, name).click();
      await expect.poll(() => state(page, name), SOON).toBe('Open');
      expect(new URL(page.url()).searchParams.get('on')).toBe(name);
      await expect.poll(() => figure(page, name, 'Messages'), SOON).toBeGreaterThan(10);
      await expect.poll(() => figure(page, name, 'Bytes down'), SOON).toBeGreaterThan(0);
      for (const label of ['Missing', 'Duplicates', 'Reordered', 'Gaps', 'Reconnects'])
        expect(await figure(page, name, label), label).toBe(0);
      await publishOver(page, name);
      expect(errors).toEqual([]);
      expect(strangers).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('publishes by hand over each technique, and shows where the message comes back', async () => {
    const { page, errors } = await open(lab, '/?interval=100');
    try {
      await allAre(page, 'Open');
      for (const name of TECHNIQUES) {
        await publishOver(page, name);
        for (const other of TECHNIQUES)
          await expect.poll(() => outcome(page), SOON).toContain(`s over ${TRANSPORTS[other].title}`);
      }
      expect(errors).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('says what waits where a browser has no connection left, and runs it when one is free', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    try {
      const first = await openIn(await context.newPage(), lab, '/?on=ndjson');
      await expect.poll(() => state(first.page, 'ndjson'), SOON).toBe('Open');
      expect(await notice(first.page).count()).toBe(0);
      // Two tabs with a held poll and two streams each: one stream more than a browser has room for beside the pages.
      const second = await openIn(await context.newPage(), lab, '/?on=ndjson');
      await expect.poll(() => state(second.page, 'ndjson'), SOON).toBe('Waits for a connection');
      expect(await notice(second.page).textContent()).toContain('NDJSON waits for a connection');
      await expect.poll(() => state(second.page, 'sse'), SOON).toBe('Open');
      await expect.poll(() => figure(second.page, 'short-poll', 'Messages'), SOON).toBeGreaterThan(5);
      await laneSwitch(first.page, 'sse').click();
      await expect.poll(() => state(second.page, 'ndjson'), SOON).toBe('Open');
      await first.page.close();
      await expect.poll(() => notice(second.page).count(), SOON).toBe(0);
      expect(second.errors).toEqual([]);
    } finally {
      await context.close();
    }
  });

  async function publishOver(page: Page, name: TransportName): Promise<void> {
    await page.getByLabel('Over', { exact: true }).selectOption(name);
    await page.getByLabel('Message', { exact: true }).fill(`over ${name}`);
    await press(page, 'Publish');
    const { title } = TRANSPORTS[name];
    await expect.poll(() => outcome(page), SOON).toMatch(/^Message [\d,]+, acknowledged after/);
    await expect.poll(() => outcome(page), SOON).toContain(`(${title}: `);
    await expect.poll(() => outcome(page), SOON).toContain(`s over ${title}`);
  }
});

describe('a server with a token', () => {
  it('asks for it, and takes it from the address without keeping it there', async () => {
    const lab = await startLab(['--rate', '5', '--token', 's3cret']);
    const { page, strangers } = await open(lab, '/');
    try {
      await allAre(page, 'Open');
      await press(page, '20');
      await page.getByLabel('Token').fill('s3cret');
      await press(page, 'Use token');
      await expect
        .poll(() => page.getByRole('button', { name: '20', exact: true }).getAttribute('aria-pressed'), SOON)
        .toBe('true');
      expect(await page.getByLabel('Token').count()).toBe(0);

      await page.goto('about:blank');
      await page.goto(`${lab.url}/?rate=2#/?token=s3cret`);
      await expect
        .poll(() => page.getByRole('button', { name: '2', exact: true }).getAttribute('aria-pressed'), SOON)
        .toBe('true');
      expect(page.url()).not.toContain('s3cret');

      await page.goto('about:blank');
      await page.goto(`${lab.url}/`);
      await allAre(page, 'Open');
      await press(page, 'Publish');
      await expect.poll(() => outcome(page), SOON).toContain('Not published over WebSocket');
      await page.getByLabel('Token').fill('s3cret');
      await press(page, 'Use token');
      await expect.poll(() => outcome(page), SOON).toContain('acknowledged after');
      expect(strangers).toEqual([]);
    } finally {
      await page.close();
      await lab.stop('SIGKILL');
    }
  });
});

it('fits a narrow window, and says so when nothing is published', async () => {
  const lab = await startLab();
  const { page, errors } = await open(lab, `/?on=${FURTHER.join(',')}`);
  try {
    await page.setViewportSize({ width: 360, height: 740 });
    await allAre(page, 'Open');
    for (const name of FURTHER) expect(await panel(page, name).count(), name).toBe(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await expect.poll(() => page.getByText('Nothing is being published.').isVisible(), SOON).toBe(true);
    expect(await figures(page, 'Messages')).toEqual(zeros);
    expect(errors).toEqual([]);
  } finally {
    await page.close();
    await lab.stop('SIGKILL');
  }
});
