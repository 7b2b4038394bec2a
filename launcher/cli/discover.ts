import { absPath, tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatCount, formatMs } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { loadRegistry } from '../registry/registry-file.ts';
import { discoverProjects } from '../upkeep/discover-projects.ts';
import { realPathOf, startFolders, withoutNested } from '../upkeep/start-folders.ts';
import { openLauncher } from './launcher.ts';
import type { DiscoverOptions } from './project-commands.ts';

export async function discover(cli: Cli, folders: readonly string[], options: DiscoverOptions): Promise<ExitCode> {
  const { host, settings, nowMs } = await openLauncher(cli);
  const { registry } = await loadRegistry(cli.home);
  const starts =
    folders.length > 0
      ? withoutNested(folders.map((folder) => startAt(folder)))
      : await startFolders(cli.home, { folders: settings.folders, registry, host });
  if (starts.length === 0) {
    throw new DsyncError('BAD_INPUT', 'There is no folder to look into', { cure: 'Name one: dlaunch discover ~/code' });
  }
  const startMs = performance.now();
  const dryRun = options.dryRun === true;
  const result = await discoverProjects(cli.home, starts, { host, settings, nowMs, signal: cli.signal, dryRun });
  const { found, added, unreadable } = result;
  if (options.quiet) return 0;
  if (options.json) {
    cli.printJson({ starts, found: found.map(({ remote, ...one }) => ({ ...one, remote })), added, unreadable });
    return 0;
  }
  const addedPaths = new Set(added);
  for (const { path, kinds, usual } of found) {
    if (!addedPaths.has(path)) continue;
    cli.print(visible(`${tildePath(path)}  ${kinds.slice(0, 2).join(' ')}${usual === undefined ? '' : `  ${usual}`}`));
  }
  for (const { path, code } of unreadable) cli.note(visible(`not readable: ${tildePath(path)} (${code})`));
  const took = formatMs(performance.now() - startMs);
  const places = starts.map((path) => visible(tildePath(path))).join(', ');
  cli.note(`${formatCount(found.length, 'project')}, ${added.length} new, in ${places} (${took})`);
  return 0;
}

/** @throws {DsyncError} BAD_INPUT */
function startAt(folder: string) {
  const path = realPathOf(absPath(folder));
  if (path === undefined) throw new DsyncError('BAD_INPUT', `${absPath(folder)} is no folder that can be read`);
  return path;
}
