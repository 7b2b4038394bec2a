/**
 * What the last look at the disk saw, so that the next one can tell with a few `stat`s whether anything is new.
 *
 * @module
 */
import * as z from 'zod';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { Home } from '../../platform/home.ts';

const scanStateSchema = z.object({
  at: z.number().describe('of the last whole walk, milliseconds since 1970'),
  folders: z.record(z.string(), z.number()).describe('mtime of folders that hold projects'),
  projects: z
    .record(z.string(), z.record(z.string(), z.number()))
    .describe('mtime of each project’s folder, as `.`, and of the files that say what it is'),
});
export type ScanState = z.infer<typeof scanStateSchema>;

const NOTHING_SEEN: ScanState = { at: 0, folders: {}, projects: {} };

/** It only saves work: one that cannot be read counts as none. */
export async function readScanState(home: Pick<Home, 'state'>): Promise<ScanState> {
  const { readFile } = await import('node:fs/promises');
  try {
    return scanStateSchema.parse(JSON.parse(await readFile(scanStatePath(home), 'utf8')));
  } catch {
    return NOTHING_SEEN;
  }
}

export function writeScanState(home: Pick<Home, 'state'>, state: ScanState): void {
  writeFileAtomic(scanStatePath(home), `${JSON.stringify(state)}\n`);
}

function scanStatePath(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'launcher/scan.json');
}
