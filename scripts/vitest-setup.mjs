import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from './build.mjs';

/** Whole agents are started from dist/, so it must be what the sources say. */
export default async function setup() {
  await buildIfStale();
  const folder = mkdtempSync(join(tmpdir(), 'dsync-deployed-'));
  process.env.DSYNC_TEST_DEPLOYED = join(folder, 'kept');
  return () => rmSync(folder, { recursive: true, force: true });
}
