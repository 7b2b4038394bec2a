import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Begun last, they would go on alone when all others are through. */
const LONGEST = ['kill', 'large-files', 'handoff-kill', 'links', 'conflicts', 'handoff-connect'].map(
  (name) => `/test/${name}.test.ts`,
);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      (LONGEST.findIndex((end) => moduleId.endsWith(end)) + LONGEST.length + 1) % (LONGEST.length + 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // A pattern that matches nothing is a mistake, not a success.
    passWithNoTests: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['{agent,launcher,handoff,platform,bench,scripts}/**/*.test.ts', '*.test.ts'],
          maxWorkers: '100%',
          // For a machine that is busy with something else; none takes a second on its own.
          testTimeout: 20_000,
          // Modules hold no state of their own; loading them once for each file takes longer than most tests.
          isolate: false,
        },
      },
      {
        test: {
          name: 'e2e',
          // After the unit tests: whole agents want the machine to themselves.
          sequence: { groupOrder: 1 },
          include: ['test/**/*.test.ts'],
          globalSetup: './scripts/vitest-setup.mjs',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
        },
      },
    ],
  },
});
