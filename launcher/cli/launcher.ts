/**
 * What every command starts with: this host's name, the settings, and the registry as fresh as it can be at once.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import type { Project, Registry } from '../core/registry-schema.ts';
import { findProject } from '../rank/find-project.ts';
import { loadRegistry } from '../registry/registry-file.ts';
import { readHostName, readLauncherSettings } from '../upkeep/launcher-settings.ts';
import type { LauncherSettings } from '../upkeep/settings-schema.ts';

export interface Launcher {
  readonly cli: Cli;
  readonly host: string;
  readonly settings: LauncherSettings;
  readonly nowMs: number;
}

export async function openLauncher(cli: Cli): Promise<Launcher> {
  const settings = await readLauncherSettings(cli.home);
  return { cli, host: readHostName(cli.home), settings, nowMs: Date.now() };
}

/**
 * A broken registry is said, and its last good copy stands in. What is stale is refreshed in the background.
 *
 * @param isQuick takes the file as it is
 */
export async function currentRegistry(
  { cli, host, settings, nowMs }: Launcher,
  { isQuick = false } = {},
): Promise<Registry> {
  const { registry, fault } = await loadRegistry(cli.home);
  if (fault !== undefined) {
    const { reportError } = await import('../../platform/report-error.ts');
    reportError(fault, cli, { program: 'dlaunch' });
    cli.note('  Shown is the last good copy.');
    return registry;
  }
  if (isQuick) return registry;
  const { freshen } = await import('../upkeep/freshen.ts');
  const { registry: fresh, isStale } = await freshen(cli.home, registry, { host, nowMs, settings });
  if (isStale) refreshInBackground();
  return fresh;
}

/** A project on this host, and what is known beside it. */
export interface Target {
  readonly project: Project;
  readonly path: string;
  /** Of the workspace that it is a member of. */
  readonly workspacePath: string | undefined;
  readonly registry: Registry;
}

/**
 * A name, an alias, a part of one, `WORKSPACE/MEMBER`, or a path.
 *
 * @throws {DsyncError} PROJECT_UNKNOWN, PROJECT_AMBIGUOUS
 */
export async function projectOf(launcher: Launcher, query: string): Promise<Target> {
  const registry = await currentRegistry(launcher);
  const { host, nowMs } = launcher;
  const project = /^[.~/]/.test(query)
    ? await projectAt(launcher, registry, query)
    : (memberCalled(registry, query, launcher) ?? findProject(registry, query, { host, nowMs }));
  const location = project.locations[host];
  if (location === undefined) {
    const [other] = Object.keys(project.locations);
    throw new DsyncError('PROJECT_UNKNOWN', `${project.name} is on ${other ?? 'no host'}, and not on this one`, {
      cure: `Start it there: dlaunch ${project.name} --host ${other ?? 'HOST'}`,
    });
  }
  const parent = registry.projects.find(({ id }) => id === project.parent);
  return { project, path: location.path, workspacePath: parent?.locations[host]?.path, registry };
}

/** `WORKSPACE/MEMBER`, the member by its folder or the last part of it; undefined where no project has one so called. */
function memberCalled({ projects }: Registry, query: string, { host }: Launcher): Project | undefined {
  const at = query.indexOf('/');
  const [above, below] = [query.slice(0, at), query.slice(at + 1)];
  const parent = at < 0 ? undefined : projects.find(({ name, aliases }) => name === above || aliases.includes(above));
  const folder = parent?.members.find((one) => one === below || one.endsWith(`/${below}`));
  const path = parent?.locations[host]?.path;
  if (parent === undefined || folder === undefined || path === undefined) return undefined;
  const id = `${parent.id}#${folder}`;
  const known = projects.find((one) => one.id === id);
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const locations = { [host]: { path: `${path}/${folder}` } };
  return known ?? { id, name, aliases: [], tags: [], kinds: [], members: [], parent: parent.id, locations, use: {} };
}

/** The project that this folder belongs to: the innermost that holds it. */
async function projectAt({ host }: Launcher, { projects }: Registry, text: string): Promise<Project> {
  const { absPath } = await import('../../platform/abs-path.ts');
  const { realPathOf } = await import('../upkeep/start-folders.ts');
  const path = realPathOf(absPath(text)) ?? absPath(text);
  const holding = projects.filter(({ locations }) => {
    const at = locations[host]?.path;
    return at !== undefined && (path === at || path.startsWith(`${at}/`));
  });
  const [inner] = holding.toSorted(
    (a, b) => (b.locations[host]?.path.length ?? 0) - (a.locations[host]?.path.length ?? 0),
  );
  if (inner !== undefined) return inner;
  throw new DsyncError('PROJECT_UNKNOWN', `No known project holds ${path}`, { cure: `Add it: dlaunch add ${text}` });
}

/** Its own process, which outlives this one; of several at once all but one find nothing to do. */
function refreshInBackground(): void {
  const [script] = process.argv.slice(1);
  if (script === undefined || process.env.DLAUNCH_NO_REFRESH === '1') return;
  const child = spawn(process.execPath, [...process.execArgv, script, 'discover', '--quiet'], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  });
  child.on('error', () => undefined);
  child.unref();
}
