/**
 * Which package manager a Node.js project is run with.
 *
 * Source: package-manager-detector and railpack, 2026: field, devEngines, lock file, what was installed, engines, npm.
 *
 * @module
 */
import { fieldsOf, textOf, valueAt } from '../core/shape.ts';
import type { ProjectFiles } from './project-files.ts';

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun' | 'deno';

export interface PackageManager {
  readonly name: ManagerName;
  /** What said so: `packageManager`, `pnpm-lock.yaml`. */
  readonly from: string;
  /** More than one lock file, of different managers. */
  readonly alsoLockedBy: readonly string[];
}

const LOCK_FILES: readonly (readonly [string, ManagerName])[] = [
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['.yarnrc.yml', 'yarn'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

const INSTALLED: readonly (readonly [string, ManagerName])[] = [
  ['node_modules/.pnpm', 'pnpm'],
  ['node_modules/.yarn-state.yml', 'yarn'],
  ['.pnp.cjs', 'yarn'],
  ['node_modules/.package-lock.json', 'npm'],
];

/** The project's own files decide, then those of the workspace that it is a member of. */
export function detectPackageManager(files: ProjectFiles): PackageManager {
  const places = [files, ...(files.workspace === undefined ? [] : [files.workspace])];
  const locked = places
    .map((place) => LOCK_FILES.filter(([name]) => place.has(name)))
    .find((found) => found.length > 0);
  const named = places.map(namedManager).find((found) => found !== undefined);
  const [lock, ...moreLocks] = locked ?? [];
  const name = named?.name ?? lock?.[1];
  const alsoLockedBy = [lock, ...moreLocks].flatMap((one) => (one !== undefined && one[1] !== name ? [one[0]] : []));
  if (named !== undefined) return { ...named, alsoLockedBy };
  if (lock !== undefined) return { name: lock[1], from: lock[0], alsoLockedBy };
  for (const place of places) {
    const [path, manager] = INSTALLED.find(([installed]) => place.has(installed)) ?? [];
    if (path !== undefined && manager !== undefined) return { name: manager, from: path, alsoLockedBy: [] };
  }
  const engines = places.flatMap((place) => Object.keys(fieldsOf(valueAt(place.json('package.json'), 'engines'))));
  const engine = engines.find((one) => isManager(one) && one !== 'npm');
  if (engine !== undefined && isManager(engine)) return { name: engine, from: 'engines', alsoLockedBy: [] };
  return { name: 'npm', from: 'nothing that says otherwise', alsoLockedBy: [] };
}

function namedManager(files: ProjectFiles): Omit<PackageManager, 'alsoLockedBy'> | undefined {
  const manifest = files.json('package.json');
  const [field] = textOf(manifest?.packageManager)?.split('@') ?? [];
  if (field !== undefined && isManager(field)) return { name: field, from: 'packageManager' };
  const engine = textOf(valueAt(manifest, 'devEngines', 'packageManager', 'name'));
  return engine !== undefined && isManager(engine) ? { name: engine, from: 'devEngines' } : undefined;
}

function isManager(name: string): name is ManagerName {
  return ['npm', 'pnpm', 'yarn', 'bun', 'deno'].includes(name);
}

/** Commands of the manager's own, which a script of that name must not be taken for. */
const PNPM_OWN = new Set([
  ...['add', 'audit', 'bin', 'config', 'create', 'dedupe', 'deploy', 'dlx', 'env', 'exec', 'fetch', 'import', 'init'],
  ...['install', 'link', 'list', 'ls', 'outdated', 'pack', 'patch', 'prune', 'publish', 'rebuild', 'remove', 'root'],
  ...['server', 'setup', 'store', 'unlink', 'up', 'update', 'why', 'i', 'rm'],
]);
const YARN_OWN = new Set([
  ...['add', 'audit', 'bin', 'cache', 'config', 'constraints', 'create', 'dedupe', 'dlx', 'exec', 'info', 'init'],
  ...['install', 'link', 'list', 'node', 'npm', 'outdated', 'pack', 'patch', 'plugin', 'rebuild', 'remove', 'set'],
  ...['stage', 'unlink', 'unplug', 'up', 'upgrade', 'version', 'versions', 'why', 'workspace', 'workspaces'],
]);

export function scriptRun(manager: ManagerName, script: string): string[] {
  switch (manager) {
    case 'npm':
      return ['npm', 'run', script];
    case 'pnpm':
      return PNPM_OWN.has(script) ? ['pnpm', 'run', script] : ['pnpm', script];
    case 'yarn':
      return YARN_OWN.has(script) ? ['yarn', 'run', script] : ['yarn', script];
    case 'bun':
      return ['bun', 'run', script];
    case 'deno':
      return ['deno', 'task', script];
  }
}

/** A program that the project has installed. */
export function execRun(manager: ManagerName, args: readonly string[]): string[] {
  switch (manager) {
    case 'npm':
      return ['npx', ...args];
    case 'pnpm':
      return ['pnpm', 'exec', ...args];
    case 'yarn':
      return ['yarn', ...args];
    case 'bun':
      return ['bunx', ...args];
    case 'deno':
      return ['deno', 'run', '-A', `npm:${args[0] ?? ''}`, ...args.slice(1)];
  }
}

/** A script of one member, run from the workspace. */
export function memberRun(manager: ManagerName, member: { name: string; folder: string }, script: string): string[] {
  switch (manager) {
    case 'npm':
      return ['npm', 'run', script, '-w', member.folder];
    case 'pnpm':
      return ['pnpm', '--filter', member.name, ...scriptRun('pnpm', script).slice(1)];
    case 'yarn':
      return ['yarn', 'workspace', member.name, ...scriptRun('yarn', script).slice(1)];
    case 'bun':
      return ['bun', 'run', '--filter', member.name, script];
    case 'deno':
      return ['deno', 'task', '--cwd', member.folder, script];
  }
}

/** What goes before arguments for the script itself. */
export function scriptArgs(manager: ManagerName, args: readonly string[]): string[] {
  return manager === 'npm' ? ['--', ...args] : [...args];
}
