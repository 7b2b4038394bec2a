/**
 * Dotfiles at their place and in the synced environment, kept alike: what changed since it was carried last wins; where
 * both did, the carried one, and the other is kept aside.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type AbsPath, absPath, childPath } from '../../../platform/abs-path.ts';
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import { errnoOf } from '../../../platform/failure.ts';
import type { Home } from '../../../platform/home.ts';
import { readSettingsFile } from '../../../platform/settings-file.ts';
import { effectiveItems, itemKey, listEnvironment, readAcceptance } from './environment-files.ts';

export const MAX_FILE_BYTES = 1024 * 1024;

/** Hash of each file as it was carried last, on this host. */
const carriedSchema = z.record(z.string(), z.string());

export type MirrorAction = 'none' | 'take-in' | 'put' | 'put-keeping-ours';

/**
 * What to do with one file. Pure.
 *
 * @param ours hash of the file at its place, undefined where there is none
 * @param carried hash of its copy in the environment
 * @param base hash of what was carried last on this host
 */
export function mirrorAction(ours: string | undefined, carried: string, base: string | undefined): MirrorAction {
  if (ours === carried) return 'none';
  if (ours === undefined) return 'put';
  if (carried === base) return 'take-in';
  return ours === base ? 'put' : 'put-keeping-ours';
}

/** @returns folders whose changes matter, and what was kept aside */
export function mirrorFiles(
  home: Home,
  { hostName, userHome, now }: { readonly hostName: string; readonly userHome: AbsPath; readonly now: Date },
): { readonly folders: readonly AbsPath[]; readonly keptAside: readonly AbsPath[] } {
  const acceptance = readAcceptance(home);
  const items = effectiveItems(listEnvironment(home), { hostName, acceptance }).filter(({ kind }) => kind === 'file');
  const carriedPath = childPath(home.state, 'environment-carried.json');
  const before = readSettingsFile(carriedPath, carriedSchema, { missing: {}, code: 'BAD_STATE' });
  const carriedHashes: Record<string, string> = {};
  const keptAside: AbsPath[] = [];
  const folders = new Set<AbsPath>();
  for (const item of items) {
    const place = realPlace(childPath(userHome, item.name));
    folders.add(absPath(dirname(place)));
    const carried = readFile(item.path);
    const ours = readFile(place);
    const key = itemKey(item);
    const base = before[key];
    if (carried === undefined || ours === 'unreadable' || carried === 'unreadable') {
      if (base !== undefined) carriedHashes[key] = base;
      continue;
    }
    const action = mirrorAction(ours?.hash, carried.hash, base);
    if (action === 'take-in' && ours !== undefined) writeFileAtomic(item.path, ours.bytes, { mode: ours.mode });
    if (action === 'put-keeping-ours' && ours !== undefined) {
      const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
      const aside = childPath(home.state, `environment/replaced/${encodeURIComponent(item.name)}.${stamp}`);
      writeFileAtomic(aside, ours.bytes, { mode: 0o600 });
      keptAside.push(aside);
    }
    if (action === 'put' || action === 'put-keeping-ours') {
      mkdirSync(dirname(place), { recursive: true });
      writeFileAtomic(place, carried.bytes, { mode: carried.mode });
      chmodSync(place, carried.mode);
    }
    carriedHashes[key] = action === 'take-in' ? (ours?.hash ?? carried.hash) : carried.hash;
  }
  if (!isDeepStrictEqual(carriedHashes, before)) writeFileAtomic(carriedPath, `${JSON.stringify(carriedHashes)}\n`);
  return { folders: [...folders], keptAside };
}

interface Content {
  readonly bytes: Buffer;
  readonly hash: string;
  readonly mode: number;
}

function readFile(path: AbsPath): Content | 'unreadable' | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return 'unreadable';
    const bytes = readFileSync(path);
    return { bytes, hash: createHash('sha256').update(bytes).digest('base64url'), mode: stat.mode & 0o777 };
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : 'unreadable';
  }
}

/** Through links: where somebody keeps dotfiles elsewhere, the file there is what is meant. */
function realPlace(path: AbsPath): AbsPath {
  try {
    return absPath(realpathSync(path));
  } catch {
    return path;
  }
}
