/**
 * An entry as it travels: an array, in the order of {@link entryToWire}.
 *
 * Checked by hand. A schema does it in several times the time, and a first sync brings an entry for every file.
 *
 * @module
 */
import type { Entry, EntryKind } from '../core/entry.ts';
import { parseRelPath, relPathFault } from '../core/rel-path.ts';
import type { EpochId, Version } from '../core/version.ts';

const FIELDS = 9;
const MAX_TARGET_CHARS = 4096;
const MAX_EPOCHS = 4096;
const HASH = /^[\w-]{43}$/;
const AUTHOR = /^([\w.-]{1,64}(\/[\w-]{1,16})?)?$/;

export function entryToWire(entry: Entry) {
  return [
    entry.path,
    entry.kind,
    entry.sizeBytes,
    entry.mtimeNs,
    entry.mode,
    entry.hash,
    entry.target,
    entry.version,
    entry.author,
  ] as const;
}

/** Returns the entry, or what is wrong with what came in its place. */
export function readWireEntry(raw: unknown): Entry | string {
  if (!Array.isArray(raw) || raw.length !== FIELDS) return 'it is no entry';
  const [text, kind, sizeBytes, time, mode, hash, target, version, author]: unknown[] = raw;
  if (typeof text !== 'string') return 'its path is no text';
  const path = parseRelPath(text);
  if (path === undefined) return `“${text.slice(0, 200)}” is no path inside a root: ${relPathFault(text)}`;
  if (!isKind(kind)) return 'its kind is unknown';
  if (!isCount(sizeBytes)) return 'its size is no number of bytes';
  const mtimeNs = typeof time === 'bigint' ? time : isCount(time) ? BigInt(time) : undefined;
  if (mtimeNs === undefined) return 'its time is none';
  if (!isCount(mode) || mode > 0o7777) return 'its mode has more than permissions';
  if (typeof hash !== 'string' || (hash !== '' && !HASH.test(hash))) return 'its hash is none';
  if (typeof target !== 'string' || target.length > MAX_TARGET_CHARS || target.includes('\0'))
    return 'its target is none';
  if (!isVersion(version)) return 'its version is none';
  if (typeof author !== 'string' || !AUTHOR.test(author)) return 'its author is none';
  const entry = { path, kind, sizeBytes, mtimeNs, mode, hash, target, version, author };
  return isConsistent(entry) ? entry : 'the entry contradicts itself';
}

/** Undefined where it is no entry. */
export function parseWireEntry(raw: unknown): Entry | undefined {
  const entry = readWireEntry(raw);
  return typeof entry === 'string' ? undefined : entry;
}

function isKind(value: unknown): value is EntryKind {
  return value === 'file' || value === 'folder' || value === 'symlink' || value === 'tombstone';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Pairs of epoch and counter, sorted by epoch. */
function isVersion(value: unknown): value is Version {
  if (!Array.isArray(value) || value.length > MAX_EPOCHS) return false;
  let last = '';
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) return false;
    const [epoch, counter]: unknown[] = pair;
    if (!isEpoch(epoch) || !isCount(counter) || counter === 0 || last >= epoch) return false;
    last = epoch;
  }
  return true;
}

function isEpoch(value: unknown): value is EpochId {
  return typeof value === 'string' && value.length >= 8 && value.length <= 64;
}

function isConsistent({ kind, hash, target, mode, sizeBytes }: Entry): boolean {
  switch (kind) {
    case 'file':
      return hash !== '' && target === '';
    case 'symlink':
      return hash !== '' && target !== '' && mode === 0 && sizeBytes === 0;
    case 'folder':
    case 'tombstone':
      return hash === '' && target === '' && sizeBytes === 0;
  }
}
