/**
 * The programs on the PATH: links in ~/.local/bin, where no other folder of the PATH has them already.
 *
 * @module
 */
import { lstatSync, readlinkSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { type AbsPath, absPath, childPath, tildePath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { type Change, createStep, type Step } from './change.ts';
import type { Ledger } from './ledger.ts';
import type { Place } from './place.ts';
import { checkFolder } from './text-file.ts';

export interface PathContext {
  readonly place: Place;
  readonly ledger: Ledger;
  readonly userHome: AbsPath;
  /** The PATH that commands are looked for on. */
  readonly path: string;
}

/** What a link of ours leads to, whatever place it was made for. */
const OUR_TARGET = /\/dist\/[a-z-]+\.js$|\/dsync\/dsync$|\/lib\/dsync$/;

/** @throws {DsyncError} BAD_INPUT a file of the same name is in the way */
export function planLinks({ place, ledger, userHome, path }: PathContext): Step {
  const folder = childPath(userHome, '.local/bin');
  const changes: Change[] = [];
  const right: string[] = [];
  const notes: string[] = [];
  for (const { name, target } of place.programs) {
    const link = childPath(folder, name);
    const found = whichAll(name, path);
    if (found[0] !== undefined && found[0] !== link && isSame(found[0], target)) {
      right.push(`${name} is on the PATH: ${tildePath(found[0])}`);
      continue;
    }
    const other = found.find((one) => one !== link);
    if (other !== undefined && found.indexOf(other) === 0)
      notes.push(`another ${name} comes first on the PATH: ${tildePath(other)}`);
    const before = linkAt(link);
    if (before === target) right.push(`${tildePath(link)} leads to ${tildePath(target)}`);
    else changes.push(linkChange(link, { before, target, ledger, folder }));
  }
  const cure = 'Make room for it, or leave the links out: dsync setup --no-links';
  if (changes.length > 0) checkFolder(folder, { shown: folder, cure });
  if (!path.split(':').includes(folder) && changes.length > 0)
    notes.push(`${tildePath(folder)} is not on the PATH; the shell integration puts it there`);
  return createStep('programs', { changes, right, notes });
}

/** Takes away the links that are ours. */
export function planUnlink({ userHome }: Pick<PathContext, 'userHome'>): Step {
  const folder = childPath(userHome, '.local/bin');
  const changes = ['dsync', 'dlaunch', 'switch-host', 'dtest'].flatMap((name): Change[] => {
    const link = childPath(folder, name);
    const target = readLink(link);
    if (target === undefined || !OUR_TARGET.test(target)) return [];
    return [
      {
        what: `remove ${tildePath(link)}`,
        apply: () => {
          rmSync(link, { force: true });
          return undefined;
        },
        undo: () => putLink(link, target),
      },
    ];
  });
  return createStep('programs', { changes });
}

/** @returns what the link leads to; undefined where there is nothing */
function linkAt(link: AbsPath): string | undefined {
  const stat = lstatSync(link, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const target = readLink(link);
  if (target !== undefined && OUR_TARGET.test(target)) return target;
  throw new DsyncError('BAD_INPUT', `${tildePath(link)} is there already, and is not dsync's. Nothing was changed.`, {
    cure: `Move it away, or leave the links out: dsync setup --no-links`,
  });
}

function linkChange(
  link: AbsPath,
  options: {
    readonly before: string | undefined;
    readonly target: AbsPath;
    readonly ledger: Ledger;
    readonly folder: AbsPath;
  },
): Change {
  const { before, target, ledger, folder } = options;
  return {
    what: `link ${tildePath(link)} to ${tildePath(target)}`,
    apply: () => {
      ledger.makeFolder(folder);
      putLink(link, target);
      return undefined;
    },
    undo: () => (before === undefined ? rmSync(link, { force: true }) : putLink(link, before)),
  };
}

function putLink(link: AbsPath, target: string): void {
  const temporary = `${link}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, link);
}

function readLink(path: AbsPath): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Where a program lies, in the order of the PATH. */
export function whichAll(name: string, path: string): AbsPath[] {
  return path
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => childPath(absPath(folder), name))
    .filter((file) => isProgram(file));
}

function isProgram(file: AbsPath): boolean {
  try {
    const stat = lstatSync(realpathSync(file));
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

function isSame(a: AbsPath, b: AbsPath): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}
