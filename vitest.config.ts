import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { CHROMIUM_ARGS, CHROMIUM_HINT, findChromium } from './scripts/testing/chromium.ts';
import { labCommands } from './scripts/testing/lab-commands.ts';
import { type LeftOut, SkippedReporter } from './scripts/testing/skipped-reporter.ts';

const BROWSER_TESTS = 'web/**/*.browser.test.ts';
const END_TO_END = '{web,scripts}/**/*.e2e.ts';

/** The contract suite in Node, against the server as it comes. */
const CONTRACT_TESTS = 'web/clients/contract.node.test.ts';

/** The same suite against servers of other kinds. */
const VARIANT_TESTS = 'web/clients/variants.node.test.ts';
const BROWSER_VARIANTS = 'web/clients/variants.browser.test.ts';

/** What waits for silences to pass: after all others, since their work would be taken for a path's. */
const PATH_TESTS = ['scripts/{compat,probe}/**/*.test.ts', 'web/probe/run-probe.test.ts'];

const executablePath = findChromium();
if (!executablePath && process.env['CI']) {
  console.error(`No Chromium was found, and where CI is set nothing is skipped. ${CHROMIUM_HINT}`);
  process.exit(1);
}

const leftOut: LeftOut[] = [];
if (!executablePath) {
  leftOut.push({
    what: 'all that needs a browser (the contract suite there, the pages and their environments end to end)',
    why: `no Chromium was found. ${CHROMIUM_HINT}`,
  });
}
if (process.argv.some((flag) => flag.includes('!variants'))) {
  leftOut.push({
    what: 'the contract suite off the fast path, over TLS and compressed',
    why: 'it takes as long again as the suite itself: `npm run test:variants` runs it, as CI does.',
  });
}

const SERVER = 'scripts/testing/built-server.ts';
const DASHBOARD = 'scripts/testing/built-dashboard.ts';

/**
 * A project of tests in Node, after those of lower `groupOrder`. Most of the time they wait, for processes to start and
 * for what takes its time: so there are more at once than processors.
 */
const inNode = (
  name: string,
  include: string[],
  groupOrder: number,
  exclude: string[] = [],
  maxWorkers = 3,
) => ({
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, ...exclude],
    globalSetup: include.includes(END_TO_END) ? [SERVER, DASHBOARD] : [SERVER],
    maxWorkers,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { groupOrder },
  },
});

const TESTS = '{server,web,scripts}/**/*.test.ts';

/** What starts nothing and leaves nothing behind: by itself each of them would take longer to begin than to run. */
const UNIT_TESTS = ['web/{charts,compat,live,results}/**/*.test.ts', 'web/probe/!(run-probe).test.ts'];
const units = {
  test: { name: 'units', include: UNIT_TESTS, isolate: false, maxWorkers: 3, sequence: { groupOrder: 0 } },
};
const inEveryCase = [
  inNode('node', [TESTS], 0, [BROWSER_TESTS, CONTRACT_TESTS, VARIANT_TESTS, ...PATH_TESTS, ...UNIT_TESTS]),
  units,
  inNode('contract', [CONTRACT_TESTS], 1),
  inNode('paths', PATH_TESTS, 2, [], 4),
  inNode('variants', [VARIANT_TESTS], 1),
];

const inBrowser = (path: string, name: string, include: string[], exclude: string[] = []) => ({
  test: {
    name,
    include,
    exclude: [...configDefaults.exclude, ...exclude],
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

/** A long file that comes last has the others wait for it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /\.e2e\.ts$|(bench|soak|backpressure|peers)\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    projects: executablePath
      ? [
          ...inEveryCase,
          inNode('pages', [END_TO_END], 0),
          inBrowser(executablePath, 'browser', [BROWSER_TESTS], [BROWSER_VARIANTS]),
          inBrowser(executablePath, 'variants-browser', [BROWSER_VARIANTS]),
        ]
      : inEveryCase,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new SkippedReporter(leftOut)],
  },
});
