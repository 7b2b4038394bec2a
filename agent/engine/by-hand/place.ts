/**
 * Which folder here belongs to which folder there: by the words of the command, a project's `.env`, or the roots.
 *
 * @module
 */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AbsPath, absPath, childPath, tildePath, userHome } from '../../../platform/abs-path.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { readTextFile } from '../../../platform/settings-file.ts';
import { parseRelPath, type RelPath } from '../../core/rel-path.ts';
import type { RsyncOptions } from '../../transfer/rsync-options.ts';
import type { Config } from '../config/load-config.ts';
import type { RootRecord } from '../config/roots-file.ts';
import { type ProjectEnv, parseProjectEnv } from './project-env.ts';
import { parseRemote, pathThere, type Remote } from './remote.ts';

export interface Place {
  readonly here: AbsPath;
  /** Only this path and what is below it. */
  readonly below: RelPath | undefined;
  /** For people: the host's name, or what was typed. */
  readonly host: string;
  readonly remote: Remote & { readonly path: string };
  /** The file that named the other side, or added options. */
  readonly env: AbsPath | undefined;
  readonly options: RsyncOptions | undefined;
}

type Known = Pick<Config, 'hosts' | 'roots'>;

/**
 * @param words `[ROOT|PATH] [HOST]`; one alone is a root, a path that is there, or else a host
 * @throws {DsyncError} NOT_FOUND, HOST_UNKNOWN, BAD_INPUT
 */
export function findPlace(words: readonly (string | undefined)[], { hosts, roots }: Known): Place {
  const [placeWord, hostWord] = sortWords(words, { hosts, roots });
  const root = roots.find(({ name, id }) => placeWord === name || placeWord === id);
  const path = root?.path ?? absPath(placeWord ?? '.');
  checkFolder(path);
  const around = root ?? rootAround(path, roots);
  const env = findEnv(path, around?.path);

  if (hostWord !== undefined) {
    const { host, remote } = readHost(hostWord, hosts);
    const named = { host, env: env?.file, options: env?.options };
    if (remote.path !== undefined) {
      if (isFile(path)) throw oneFile(path);
      return { here: path, below: undefined, remote: { ...remote, path: remote.path }, ...named };
    }
    const shared = around?.hosts.find((known) => known.host === hostWord);
    if (shared !== undefined || env?.remote?.destination !== host) {
      const { here, below } = around === undefined ? alone(path) : within(around.path, path);
      return { here, below, remote: { ...remote, path: pathThere(shared?.path ?? tildePath(here)) }, ...named };
    }
  }

  if (env?.remote !== undefined) {
    const { file, options } = env;
    const remote = reach(env.remote, hosts);
    const { here, below } = within(absPath(dirname(file)), path);
    return {
      here,
      below,
      host: env.remote.destination,
      remote: { ...remote, path: remote.path ?? pathThere(tildePath(here)) },
      env: file,
      options,
    };
  }

  const only = around === undefined ? undefined : onlyHost(around);
  if (around === undefined || only === undefined) throw noHost(path, around);
  const remote = reach(readRemote(only.host), hosts);
  const { here, below } = within(around.path, path);
  const theirs = { ...remote, path: pathThere(only.path) };
  return { here, below, host: only.host, remote: theirs, env: env?.file, options: env?.options };
}

function sortWords([first, second]: readonly (string | undefined)[], { hosts, roots }: Known): (string | undefined)[] {
  if (first === undefined || second !== undefined) return [first, second];
  if (roots.some(({ name, id }) => first === name || first === id) || statOf(absPath(first)) !== undefined)
    return [first];
  if (hosts.some(({ name }) => name === first) || /^[^/.~][^/]*:|^ssh:\/\//.test(first)) return [undefined, first];
  throw new DsyncError('NOT_FOUND', `${first} is no root, no path that is there, and no host`, {
    cure: 'See the roots with: dsync root ls; the hosts with: dsync host ls. A place there is written HOST:PATH.',
  });
}

function readRemote(text: string): Remote {
  const parsed = parseRemote(text);
  if (parsed.kind === 'remote') {
    const { destination, port, path } = parsed;
    return { destination, port, path };
  }
  throw new DsyncError('BAD_INPUT', `${JSON.stringify(text)} is no host: ${parsed.fault}`, {
    cure: 'Write HOST, HOST:PATH or ssh://USER@HOST:PORT/PATH.',
  });
}

/** A name that `dsync host add` gave stands for how ssh reaches that host. */
function reach(remote: Remote, hosts: Known['hosts']): Remote {
  const record = hosts.find(({ name }) => name === remote.destination);
  if (record === undefined || remote.port !== undefined) return remote;
  const { destination, port } = readRemote(record.destination);
  return { destination, port, path: remote.path };
}

/**
 * A host as it is typed, and how ssh reaches it.
 *
 * @throws {DsyncError} BAD_INPUT
 */
export function readHost(text: string, hosts: Known['hosts']): { readonly host: string; readonly remote: Remote } {
  const remote = readRemote(text);
  return { host: remote.destination, remote: reach(remote, hosts) };
}

/** All of a filesystem, or of a home, is never meant. */
function checkFolder(path: AbsPath): void {
  if (path !== '/' && path !== absPath(userHome())) return;
  throw new DsyncError('BAD_INPUT', `${path} as a whole is neither pushed nor pulled`, {
    cure: 'Name a folder in it.',
  });
}

function rootAround(path: AbsPath, roots: readonly RootRecord[]): RootRecord | undefined {
  const real = realPath(path);
  return roots.find(
    (root) => path === root.path || path.startsWith(`${root.path}/`) || real?.startsWith(`${root.path}/`),
  );
}

function realPath(path: AbsPath): AbsPath | undefined {
  try {
    return absPath(realpathSync(path));
  } catch {
    return undefined;
  }
}

/** @throws {DsyncError} BAD_INPUT a name in it that no path in a root can hold */
function within(here: AbsPath, path: AbsPath): { here: AbsPath; below: RelPath | undefined } {
  const inside = path.startsWith(`${here}/`) || path === here ? path : (realPath(path) ?? path);
  if (inside === here) return { here, below: undefined };
  const below = parseRelPath(inside.slice(here.length + 1));
  if (below === undefined) throw new DsyncError('BAD_INPUT', `${path} has a name that dsync cannot hold`);
  return { here, below };
}

function alone(path: AbsPath): { here: AbsPath; below: RelPath | undefined } {
  return isFile(path) ? within(absPath(dirname(path)), path) : { here: path, below: undefined };
}

function onlyHost({ hosts }: RootRecord): RootRecord['hosts'][number] | undefined {
  return hosts.length === 1 ? hosts[0] : undefined;
}

function noHost(path: AbsPath, around: RootRecord | undefined): DsyncError {
  if (around !== undefined && around.hosts.length > 1) {
    const names = around.hosts.map(({ host }) => host).join(', ');
    return new DsyncError('HOST_UNKNOWN', `${around.name} is kept with several hosts: ${names}`, {
      cure: `Name one of them, such as: dsync push ${around.name} ${around.hosts[0]?.host ?? 'HOST'}`,
    });
  }
  return new DsyncError('HOST_UNKNOWN', `Nothing says where ${tildePath(path)} belongs`, {
    cure: 'Name the other side: dsync push PATH HOST:PATH, or write DSYNC_REMOTE=HOST:PATH into the project’s .env.',
  });
}

function oneFile(path: AbsPath): DsyncError {
  return new DsyncError('BAD_INPUT', `${tildePath(path)} is no folder, and HOST:PATH names one`, {
    cure: 'Name the folder, or write DSYNC_REMOTE=HOST:PATH into its .env; then single files can be named.',
  });
}

interface FoundEnv extends ProjectEnv {
  readonly file: AbsPath;
}

/**
 * The nearest `.env` at or above the path that says something, not above the root and never in the home itself.
 *
 * @throws {DsyncError} BAD_INPUT with file and line
 */
function findEnv(path: AbsPath, top: AbsPath | undefined): FoundEnv | undefined {
  const home = absPath(userHome());
  for (let folder = path; folder !== '/' && folder !== home; folder = absPath(dirname(folder))) {
    const file = childPath(folder, '.env');
    // Another user's file in a shared folder must not say where ours go.
    const text = isOurs(file) ? readTextFile(file, 'BAD_INPUT') : undefined;
    const env = text === undefined ? undefined : parseProjectEnv(text);
    if (env?.kind === 'fault') {
      throw new DsyncError('BAD_INPUT', `${file}:${env.line}: ${env.fault}`, {
        cure: `Mend line ${env.line} of ${file}.`,
      });
    }
    if (env !== undefined && (env.remote !== undefined || env.options !== undefined)) return { ...env, file };
    if (folder === top) return undefined;
  }
  return undefined;
}

function isOurs(file: AbsPath): boolean {
  const stats = statOf(file);
  return stats?.isFile() === true && (stats.uid === 0 || stats.uid === (process.getuid?.() ?? stats.uid));
}

function isFile(path: AbsPath): boolean {
  return statOf(path)?.isDirectory() === false;
}

/** What cannot be looked at is not there. */
function statOf(path: AbsPath): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
