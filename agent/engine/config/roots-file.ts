/**
 * state/roots.json: the id of each root, and the roots that another host asked for. paths.txt says which roots this
 * host shares; a root that left paths.txt keeps its record, so that it gets its id back when it returns.
 *
 * @module
 */
import * as z from 'zod';
import { type AbsPath, absPath, childPath } from '../../../platform/abs-path.ts';
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import type { Home } from '../../../platform/home.ts';
import { readSettingsFile } from '../../../platform/settings-file.ts';

/** The same on every host. */
export type RootId = string & { readonly __brand: 'RootId' };

/** Loose: what a newer version wrote stays when an older one writes the file. */
export const rootRecordSchema = z.looseObject({
  id: z.uuid().transform((id) => id as RootId),
  name: z.string().min(1),
  path: z
    .string()
    .startsWith('/')
    .transform((path): AbsPath => absPath(path)),
  hosts: z
    .array(z.looseObject({ host: z.string(), path: z.string().describe('there; from ~ or absolute') }))
    .describe('hosts that this host asks to have the root'),
  joinedFrom: z.string().optional().describe('the host that asked for it; absent where paths.txt names it'),
  joinedFromId: z.string().optional().describe('the same host as its agent; its name may become another'),
  markerCreated: z.boolean().default(false).describe('from then on, a missing marker halts the root'),
  paused: z.boolean().default(false),
  removed: z.boolean().default(false).describe('a joined root that the user removed here: it is not joined again'),
});
export type RootRecord = z.infer<typeof rootRecordSchema>;

const rootsFileSchema = z.looseObject({ roots: z.array(rootRecordSchema) });

export function rootsPath(home: Home): AbsPath {
  return childPath(home.state, 'roots.json');
}

/**
 * All records, also of roots that are not in use.
 *
 * @throws {DsyncError} BAD_STATE with file and line
 */
export function readRoots(home: Home): readonly RootRecord[] {
  return readRootsFile(home).roots;
}

/** Not locked: call it inside `withConfigLock`. */
export function writeRoots(home: Home, roots: readonly RootRecord[]): void {
  writeFileAtomic(rootsPath(home), `${JSON.stringify({ ...readRootsFile(home), roots }, null, 2)}\n`);
}

function readRootsFile(home: Home): z.infer<typeof rootsFileSchema> {
  return readSettingsFile(rootsPath(home), rootsFileSchema, { missing: { roots: [] }, code: 'BAD_STATE' });
}
