import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, CHROMIUM_HINT, findChromium } from './scripts/testing/chromium.ts';
import { labCommands } from './scripts/testing/lab-commands.ts';
import { type LeftOut, SkippedReporter } from './scripts/testing/skipped-reporter.ts';

const BROWSER_TESTS = 'web/**/*.browser.test.ts';
const END_TO_END = '{web,scripts}/**/*.e2e.ts';

/** The contract suite in Node, a file for each kind of server. */
const CONTRACT_TESTS = 'web/clients/contract.{node,express,tls}.test.ts';

/** What waits for silences to pass: after all others, since their work would be taken for a path's. */
const PATH_TESTS = ['scripts/{compat,probe}/**/*.test.ts', 'web/probe/run-probe.test.ts'];

const executablePath = findChromium();
if (!executablePath && process.env['CI']) {
  console.error(`No Chromium was found, and where CI is set nothing is skipped. ${CHROMIUM_HINT}`);
  process.exit(1);
}

const leftOut: LeftOut[] = executablePath
  ? []
  : [
      {
        what: 'all that needs a browser (the contract suite there, the pages and their environments end to end)',
        why: `no Chromium was found. ${CHROMIUM_HINT}`,
      },
    ];

const node = {
  test: {
    name: 'node',
    include: ['{server,web,scripts}/**/*.test.ts', ...(executablePath ? [END_TO_END] : [])],
    exclude: [...configDefaults.exclude, BROWSER_TESTS, CONTRACT_TESTS, ...PATH_TESTS],
    // Much of the time they wait: for processes to start, and for what takes its time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
};

const contract = {
  test: {
    name: 'contract',
    include: [CONTRACT_TESTS],
    // Servers that start again and clients that were told when to come back: most of the time it waits as well.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { groupOrder: 1 },
  },
};

const paths = {
  test: {
    name: 'paths',
    include: PATH_TESTS,
    // Most of what they do is wait.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { groupOrder: 2 },
  },
};

const browser = (path: string) => ({
  test: {
    name: 'browser',
    include: [BROWSER_TESTS],
    // As with the suite in Node: most of the time it waits.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    sequence: { groupOrder: 1 },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: path, args: CHROMIUM_ARGS } }),
      instances: [{ browser: 'chromium' as const }],
      commands: labCommands,
    },
  },
});

export default defineConfig({
  test: {
    projects: executablePath ? [node, contract, browser(executablePath), paths] : [node, contract, paths],
    reporters: ['default', new SkippedReporter(leftOut)],
  },
});
