/**
 * Runs vitest and counts what came of it, so that a run that found no test is no success.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, ROOT, run } from './run.mjs';

/** @returns exit code, and how many tests passed and failed; a file that could not be run counts as one failed */
export async function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-vitest-'));
  const counts = join(folder, 'counts.json');
  const reporters = ['--reporter=default', `--reporter=${ROOT}scripts/count-reporter.mjs`];
  try {
    const code = await run(bin('vitest'), ['run', ...reporters, ...args], { env: { DSYNC_COUNTS: counts } });
    return { code, ...readCounts(counts) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { passed: 0, failed: 0 };
  }
}
