/**
 * Counting launches, and taking one back that was a mistake.
 *
 * @module
 */
import * as z from 'zod';
import { childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import type { Home } from '../../platform/home.ts';
import { readSettingsFile } from '../../platform/settings-file.ts';
import type { Project, Registry } from '../core/registry-schema.ts';
import { addMember, countUse, uncountUse } from '../registry/edit-project.ts';
import { editRegistry } from '../registry/registry-file.ts';

const lastLaunchSchema = z.object({ query: z.string(), id: z.string(), at: z.number() }).nullable();

/** Whoever launches another match of the same words so soon had not meant the first one. */
const MISTAKE_MS = 60_000;

export async function countLaunch(
  home: Home,
  project: Project,
  options: { readonly query: string; readonly host: string; readonly nowMs: number; readonly command: string },
): Promise<Registry> {
  const { query, host, nowMs, command } = options;
  const path = childPath(home.state, 'launcher/last-launch.json');
  const last = readSettingsFile(path, lastLaunchSchema, { missing: null, code: 'BAD_STATE' });
  const isMistake = last !== null && last.query === query && last.id !== project.id && nowMs - last.at < MISTAKE_MS;
  const registry = await editRegistry(home, (before) => {
    const known = project.parent === undefined ? before : addMember(before, project);
    const mended = isMistake ? uncountUse(known, last.id, host) : known;
    return countUse(mended, project.id, { host, nowMs, command });
  });
  writeFileAtomic(path, `${JSON.stringify({ query, id: project.id, at: nowMs })}\n`);
  return registry;
}
