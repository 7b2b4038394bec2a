/**
 * A user at one host, at random: saves by rename, in place and by appending, moves and deletes, all the time knowing
 * for certain what each of these took away.
 *
 * Nothing is ever overwritten by it: what a rename displaces goes to the host's bin, outside the root.
 *
 * @module
 */
import {
  appendFileSync,
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { exchange, renameNoReplace } from './exchange.ts';
import type { Random } from './random.ts';
import { formatSave, parseSaves, type Token } from './saves.ts';

export interface Writer {
  readonly host: string;
  readonly root: string;
  /** Holds what this user took away, whole. */
  readonly bin: string;
  readonly saved: ReadonlySet<Token>;
  /** Tokens that were in a file when it was written over in place. */
  readonly replaced: ReadonlySet<Token>;
  /** What is in the folder that nobody else writes to, by path in the root. */
  readonly own: ReadonlyMap<string, readonly Token[]>;
  /** Does one thing. */
  readonly step: () => void;
}

const FOLDERS = ['one', 'one/two', 'three', 'four'] as const;
const FILES_PER_FOLDER = 6;
const OWN_FILES = 10;
/** Above the default size up to which content is pushed: these go the way of large files. */
const LARGE_BYTES = 1_500_000;

/** @param bin a folder on the root's filesystem, outside of it */
export function createWriter(options: {
  readonly host: string;
  readonly root: string;
  readonly bin: string;
  readonly random: Random;
}): Writer {
  const { host, root, bin, random } = options;
  const saved = new Set<Token>();
  const replaced = new Set<Token>();
  const own = new Map<string, readonly Token[]>();
  const ownFolder = `only-${host}`;
  let count = 0;
  mkdirSync(bin, { recursive: true });

  const at = (path: string): string => join(root, path);
  const aside = (): string => join(bin, String(++count));
  const sharedPath = (): string => `${random.pick(FOLDERS)}/file-${random.int(FILES_PER_FOLDER)}`;
  const ownPath = (): string => `${ownFolder}/file-${random.int(OWN_FILES)}`;

  function newSave(): { token: Token; text: string } {
    const token = `${host}-${saved.size + 1}`;
    saved.add(token);
    const fill = random.chance(0.04) ? LARGE_BYTES : random.chance(0.2) ? random.int(200_000) : random.int(2_000);
    return { token, text: formatSave(token, fill) };
  }

  function saveByRename(path: string): Token {
    const { token, text } = newSave();
    const temporary = aside();
    writeFileSync(temporary, text);
    // Each try fails only because the other side of the race won; a folder at the path is exchanged like a file.
    for (;;) {
      makeParent(at(path));
      if (exchange(temporary, at(path)) || renameNoReplace(temporary, at(path))) return token;
    }
  }

  function saveInPlace(path: string): Token | undefined {
    const fd = openFile(at(path), constants.O_RDWR);
    if (fd === undefined) return undefined;
    try {
      for (const token of parseSaves(readFileSync(fd, 'utf8')).tokens) replaced.add(token);
      const { token, text } = newSave();
      ftruncateSync(fd);
      const half = Math.floor(text.length / 2);
      writeSync(fd, text.slice(0, half), 0);
      writeSync(fd, text.slice(half), half);
      return token;
    } finally {
      closeSync(fd);
    }
  }

  function append(path: string): Token | undefined {
    const fd = openFile(at(path), constants.O_WRONLY | constants.O_APPEND);
    if (fd === undefined) return undefined;
    try {
      const { token, text } = newSave();
      appendFileSync(fd, text);
      return token;
    } finally {
      closeSync(fd);
    }
  }

  function ownStep(): void {
    const path = ownPath();
    const kind = random.weighted(
      [
        ['rename', 4],
        ['in place', 2],
        ['append', 2],
        ['move', 1],
        ['delete', 1],
      ],
      'rename',
    );
    const before = own.get(path);
    if (kind === 'rename' || before === undefined) own.set(path, [saveByRename(path)]);
    else if (kind === 'in place')
      own.set(
        path,
        [saveInPlace(path)].filter((token) => token !== undefined),
      );
    else if (kind === 'append')
      own.set(
        path,
        [...before, append(path)].filter((token) => token !== undefined),
      );
    else if (kind === 'delete') {
      if (renameNoReplace(at(path), aside())) own.delete(path);
    } else {
      const to = ownPath();
      if (!renameNoReplace(at(path), at(to))) return;
      own.set(to, before);
      own.delete(path);
    }
  }

  function sharedStep(): void {
    const path = sharedPath();
    const kind = random.weighted(
      [
        ['rename', 8],
        ['in place', 4],
        ['append', 3],
        ['move', 2],
        ['swap', 1],
        ['delete', 2],
        ['move folder', 0.3],
        ['delete folder', 0.2],
      ],
      'rename',
    );
    if (kind === 'rename') saveByRename(path);
    else if (kind === 'in place') saveInPlace(path);
    else if (kind === 'append') append(path);
    else if (kind === 'delete') renameNoReplace(at(path), aside());
    else if (kind === 'move') renameNoReplace(at(path), at(sharedPath()));
    else if (kind === 'swap') exchange(at(path), at(sharedPath()));
    else if (kind === 'move folder') renameNoReplace(at(random.pick(FOLDERS)), at(`moved-${random.int(3)}`));
    else renameNoReplace(at(random.pick([...FOLDERS, 'moved-0', 'moved-1', 'moved-2'])), aside());
  }

  return { host, root, bin, saved, replaced, own, step: () => (random.chance(0.3) ? ownStep() : sharedStep()) };
}

/** Every path of a file below the folder; what vanishes meanwhile is left out. */
export function filesBelow(folder: string): string[] {
  const entries = (() => {
    try {
      return readdirSync(folder, { withFileTypes: true });
    } catch {
      return [];
    }
  })();
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

function openFile(path: string, flags: number): number | undefined {
  try {
    return lstatSync(path).isFile() ? openSync(path, flags) : undefined;
  } catch {
    return undefined;
  }
}

function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch {
    // A file stands where a folder should: the rename then fails, and the next step does something else.
  }
}
