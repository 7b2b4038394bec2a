/**
 * Making an unpacked version the one that starts. Runs on the host that was deployed to, out of that version itself.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { launcherScript } from './launcher-script.ts';

/** Versions kept, so that one can go back; those in use come on top. */
const KEPT_VERSIONS = 3;
/** An upload that has not become a version by then was cut off. */
const ABANDONED_MS = 60 * 60 * 1000;

export interface ActivateRequest {
  readonly lib: AbsPath;
  readonly hash: string;
  /** The Node.js that starts it. */
  readonly node: string;
  /** Folder it was unpacked to; undefined where the version is in place already. */
  readonly unpacked?: AbsPath | undefined;
  /** Command lines of all processes; one that names a version uses it. Undefined where that is not known. */
  readonly commandLines: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Each step is one rename: whoever starts the program meanwhile gets the old version or the new one, whole.
 *
 * @returns whether another version started before, and the versions that were removed
 */
export function activateVersion(request: ActivateRequest): { switched: boolean; removed: string[] } {
  const { lib, hash, node, unpacked } = request;
  const folder = childPath(lib, `versions/${hash}`);
  if (unpacked !== undefined) {
    syncBelow(unpacked);
    if (existsSync(folder)) rmSync(unpacked, { recursive: true, force: true });
    else renameSync(unpacked, folder);
  }
  // The order in which old ones go: by when they were last chosen.
  utimesSync(folder, new Date(request.now), new Date(request.now));
  const switched = currentVersion(lib) !== hash;
  if (switched) pointTo(lib, hash);
  const launcher = launcherScript(lib, node);
  const path = childPath(lib, 'dsync');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== launcher) writeFileAtomic(path, launcher, { mode: 0o755 });
  return { switched, removed: removeOld(request) };
}

/** Command lines of this host's processes; undefined where they cannot be had. */
export function listCommandLines(): string[] | undefined {
  try {
    return execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\n');
  } catch {
    return undefined;
  }
}

function currentVersion(lib: AbsPath): string | undefined {
  try {
    return readlinkSync(childPath(lib, 'current')).split('/').at(-1);
  } catch {
    return undefined;
  }
}

function pointTo(lib: AbsPath, hash: string): void {
  const link = childPath(lib, `current.${process.pid}.tmp`);
  rmSync(link, { force: true });
  symlinkSync(`versions/${hash}`, link);
  renameSync(link, childPath(lib, 'current'));
}

function removeOld({ lib, hash, commandLines, now }: ActivateRequest): string[] {
  if (commandLines === undefined) return [];
  const versions = childPath(lib, 'versions');
  const found = readdirSync(versions).map((name) => ({ name, mtimeMs: statSync(childPath(versions, name)).mtimeMs }));
  const whole = found.filter(({ name }) => /^[0-9a-f]{16}$/.test(name)).sort((a, b) => b.mtimeMs - a.mtimeMs);
  const cutOff = found.filter(({ name, mtimeMs }) => name.includes('.tmp-') && now - mtimeMs > ABANDONED_MS);
  const isUsed = (name: string) => name === hash || commandLines.some((line) => line.includes(`versions/${name}/`));
  const old = [...whole.slice(KEPT_VERSIONS).filter(({ name }) => !isUsed(name)), ...cutOff].map(({ name }) => name);
  for (const name of old) rmSync(childPath(versions, name), { recursive: true, force: true });
  return old;
}

/** A version that is named after its content must not be torn by a power cut: nobody would look at it again. */
function syncBelow(folder: AbsPath): void {
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = childPath(folder, item.name);
    if (item.isDirectory()) syncBelow(path);
    else if (item.isFile()) syncPath(path);
  }
  syncPath(folder);
}

function syncPath(path: AbsPath): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
