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

const SERVER = 'scripts/testing/built-server.ts';
const DASHBOARD = 'scripts/testing/built-dashboard.ts';

/**
 * A project of tests in Node, after those of lower `groupOrder`. Most of the time they wait, for processes to start and
 * for what takes its time: so there are more at once than processors.
 */
const inNode = (name: string, include: string[], groupOrder: number, exclude: string[] = []) => ({
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, ...exclude],
    globalSetup: include.includes(END_TO_END) ? [SERVER, DASHBOARD] : [SERVER],
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { groupOrder },
  },
});

const TESTS = '{server,web,scripts}/**/*.test.ts';
const inEveryCase = [
  inNode('node', [TESTS], 0, [BROWSER_TESTS, CONTRACT_TESTS, ...PATH_TESTS]),
  inNode('contract', [CONTRACT_TESTS], 1),
  inNode('paths', PATH_TESTS, 2),
];

const browser = (path: string) => ({
  test: {
    name: 'browser',
    include: [BROWSER_TESTS],
    globalSetup: [SERVER],
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
    projects: executablePath
      ? // What takes longest comes first.
        [inNode('pages', [END_TO_END], 0), ...inEveryCase, browser(executablePath)]
      : inEveryCase,
    reporters: ['default', new SkippedReporter(leftOut)],
  },
});
