import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** Something that was left out as a whole, with the reason. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

const NO_REASON = 'no reason was given';

/**
 * Ends a test run with a line of its own that says what was skipped and why, or that nothing was. To stand
 * behind the default reporter, whose summary is the last thing before.
 */
export class SkippedReporter implements Reporter {
  readonly #leftOut: readonly LeftOut[];
  /** True where the command line asks for some tests only: then the others are not worth a line each. */
  #partial = false;

  constructor(leftOut: readonly LeftOut[]) {
    this.#leftOut = leftOut;
  }

  onInit(vitest: Vitest): void {
    this.#partial = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')].map(describeTest));
    const worthSaying = skipped.filter(({ why }) => why !== NO_REASON || !this.#partial);
    const lines = [...this.#leftOut, ...worthSaying].map(({ what, why }) => `Skipped: ${what}: ${why}`);
    console.log(lines.length === 0 ? 'Skipped: nothing.' : lines.join('\n'));
  }
}

function describeTest(test: TestCase): LeftOut {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return { what: test.fullName, why: note ?? NO_REASON };
}
