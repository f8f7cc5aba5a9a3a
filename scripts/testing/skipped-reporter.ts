import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Something that was left out as a whole, with the reason. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/**
 * Ends a test run with a line of its own that says what was skipped and why, or that nothing was. To stand
 * behind the default reporter, whose summary is the last thing before.
 */
export class SkippedReporter implements Reporter {
  readonly #leftOut: readonly LeftOut[];

  constructor(leftOut: readonly LeftOut[]) {
    this.#leftOut = leftOut;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')].map(describeTest));
    const lines = [...this.#leftOut, ...skipped].map(({ what, why }) => `Skipped: ${what}: ${why}`);
    console.log(lines.length === 0 ? 'Skipped: nothing.' : lines.join('\n'));
  }
}

function describeTest(test: TestCase): LeftOut {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return { what: test.fullName, why: note ?? 'no reason was given' };
}
