import { bin, capture, say } from './run.mjs';

const CHECKS = [
  { name: 'types', args: ['tsc', '-p', '.'] },
  { name: 'biome', args: ['biome', 'ci', '--colors=off', '--error-on-warnings', '.'] },
  { name: 'knip', args: ['knip', '--no-progress', '--no-config-hints'] },
];

/** Runs what needs no program of ours to run, all at once; returns the names of those that failed, after what they said. */
export async function runChecks() {
  const results = await Promise.all(
    CHECKS.map(async ({ name, args: [program, ...args] }) => ({ name, ...(await capture(bin(program), args)) })),
  );
  const failed = results.filter(({ code }) => code !== 0);
  for (const { name, code, output } of failed) say(`${name} failed (exit code ${code})\n${output}`);
  if (failed.length === 0) say(`checked: ${results.map(({ name }) => name).join(', ')}`);
  return failed.map(({ name }) => name);
}
