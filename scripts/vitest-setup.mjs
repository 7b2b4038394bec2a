import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale, bundle } from './build.mjs';
import { ROOT } from './run.mjs';

/** Whole agents are started from dist/, so it must be what the sources say. */
export default async function setup() {
  await buildIfStale();
  const folder = mkdtempSync(join(tmpdir(), 'dsync-deployed-'));
  process.env.DSYNC_TEST_DEPLOYED = join(folder, 'kept');
  mkdirSync(`${ROOT}node_modules/.cache`, { recursive: true });
  const programs = mkdtempSync(`${ROOT}node_modules/.cache/dsync-test-`);
  await bundle({ 'fake-dsync': 'agent/cli/fixtures/fake-dsync.ts' }, programs);
  process.env.DSYNC_TEST_FAKE = join(programs, 'fake-dsync.js');
  return () => {
    for (const each of [folder, programs]) rmSync(each, { recursive: true, force: true });
  };
}
