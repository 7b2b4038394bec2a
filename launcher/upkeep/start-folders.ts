/**
 * Where projects are looked for when nobody says where.
 *
 * @module
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { connectControl } from '../../agent/control/client.ts';
import { type AbsPath, absPath, userHome } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import type { Registry } from '../core/registry-schema.ts';

/** Below the user's home. Never the home itself: it holds everything else as well. */
const USUAL_FOLDERS = [
  ...['code', 'src', 'projects', 'Projects', 'work', 'dev', 'repos', 'git', 'workspace', 'Developer', 'ghq', 'go/src'],
];
const AGENT_MS = 2_000;

/** Folders of the settings, roots that are kept in sync, the usual folders, and where known projects lie. */
export async function startFolders(
  home: Home,
  {
    folders,
    registry,
    host,
  }: { readonly folders: readonly string[]; readonly registry: Registry; readonly host: string },
): Promise<AbsPath[]> {
  const user = realPathOf(absPath('~'));
  const usual = USUAL_FOLDERS.map((name) => absPath(`~/${name}`));
  const remembered = registry.projects.flatMap(({ parent, locations }) => {
    const path = parent === undefined ? locations[host]?.path : undefined;
    const above = path === undefined ? undefined : absPath(dirname(path));
    return above === undefined || above === '/' ? [] : [above];
  });
  const chosen = [...folders.map((folder) => absPath(folder)), ...(await syncedRoots(home))];
  const guessed = [...usual, ...remembered].filter(
    (path) => !isAtOrAbove(realPathOf(path) ?? path, user ?? userHome()),
  );
  return withoutNested([...chosen, ...guessed].flatMap((path) => realPathOf(path) ?? []));
}

/** Its real path, undefined where it is no folder. */
export function realPathOf(path: AbsPath): AbsPath | undefined {
  try {
    return statSync(path).isDirectory() ? absPath(realpathSync.native(path)) : undefined;
  } catch {
    return undefined;
  }
}

/** Each once, and none that lies in another. */
export function withoutNested(paths: readonly AbsPath[]): AbsPath[] {
  const all = [...new Set(paths)];
  return all.filter((path) => !all.some((other) => other !== path && isAtOrAbove(other, path)));
}

function isAtOrAbove(folder: string, path: string): boolean {
  return folder === path || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** Without an agent there are none to be told of. */
async function syncedRoots(home: Home): Promise<AbsPath[]> {
  try {
    await using agent = await connectControl(home);
    const { roots } = await agent.call('status', {}, { timeoutMs: AGENT_MS });
    return roots.map(({ path }) => absPath(path));
  } catch (error) {
    if (error instanceof DsyncError) return [];
    throw error;
  }
}
