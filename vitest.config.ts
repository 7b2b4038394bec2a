import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A pattern that matches nothing is a mistake, not a success.
    passWithNoTests: false,
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
          globalSetup: './scripts/vitest-build.mjs',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
