/**
 * All configuration of this host, merged and checked.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type AbsPath, absPath, childPath, tildePath } from '../../../platform/abs-path.ts';
import type { Home } from '../../../platform/home.ts';
import { withLock } from '../../../platform/lock.ts';
import { readTextFile } from '../../../platform/settings-file.ts';
import { withEnvironment } from '../environment/environment-root.ts';
import { type HostRecord, readHosts } from './hosts-file.ts';
import { type ConfigProblem, mergeRoots } from './merge-roots.ts';
import { type PathsFile, parsePaths } from './paths-file.ts';
import { rootFault } from './root-checks.ts';
import { type RootId, type RootRecord, readRoots, writeRoots } from './roots-file.ts';
import { readSettings, type Settings } from './settings.ts';

export interface Config {
  readonly settings: Settings;
  readonly hosts: readonly HostRecord[];
  /** The roots in use; their folders may be missing. */
  readonly roots: readonly RootRecord[];
  /** Lines that are not in force. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads all files and gives each new root its id, which roots.json keeps from then on.
 *
 * @throws {DsyncError} BAD_INPUT (settings.json, paths.txt unreadable), BAD_STATE (hosts.json, roots.json); nothing was written
 */
export function loadConfig(home: Home): Promise<Config> {
  return withConfigLock(home, () => loadConfigLocked(home));
}

/** One process at a time changes the configuration. */
export function withConfigLock<T>(home: Home, work: () => T | Promise<T>): Promise<T> {
  return withLock(childPath(home.state, 'config.lock'), work);
}

/** {@link loadConfig} for those who hold the lock. */
export function loadConfigLocked(home: Home): Config {
  const { before, records, ...config } = readConfig(home);
  if (!isDeepStrictEqual(records, before)) writeRoots(home, records);
  return config;
}

/**
 * Reads all files and writes nothing: a root that has no id yet gets another one each time.
 *
 * @throws {DsyncError} as {@link loadConfig}
 */
export function peekConfig(home: Home): Config {
  const { before: _before, records: _records, ...config } = readConfig(home);
  return config;
}

function readConfig(home: Home): Config & Record<'before' | 'records', readonly RootRecord[]> {
  const settings = readSettings(home);
  const hosts = readHosts(home);
  const before = readRoots(home);
  const { problems, ...merged } = mergeRoots(readPaths(home), {
    file: pathsPath(home),
    records: before,
    hosts: hosts.map(({ name }) => name),
    resolvePath: (path) => absPath(path),
    sharedPath: (path) => tildePath(path),
    fault: (path, others) => lastingFault(path, others, home),
    newId: () => randomUUID() as RootId,
  });
  const { roots, records } = withEnvironment(merged, home, hosts);
  return { settings, hosts, roots, problems, before, records };
}

export function pathsPath(home: Home): AbsPath {
  return childPath(home.config, 'paths.txt');
}

export function readPaths(home: Home): PathsFile {
  return parsePaths(readTextFile(pathsPath(home), 'BAD_INPUT') ?? '');
}

/** A folder that is missing just now may be a disk that is not mounted: the root stays, and its engine halts. */
function lastingFault(path: AbsPath, others: readonly AbsPath[], home: Home): string | undefined {
  const fault = rootFault(path, others, { home });
  return fault === undefined || fault.kind === 'missing' || fault.kind === 'not-folder' ? undefined : fault.reason;
}
