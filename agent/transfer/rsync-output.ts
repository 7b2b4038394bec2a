/**
 * What rsync prints, read back: itemized changes, listings, progress. Pure.
 *
 * rsync writes one line each and escapes what would break a line; in the C locale all bytes above ASCII as well.
 * Source: rsync(1) 3.2, `--itemize-changes`; filtered_fwrite() in log.c, list_file_entry() in generator.c,
 * rprint_progress() in progress.c.
 *
 * @module
 */

/** In the format of {@link ITEM_FORMAT}. */
export interface RsyncItem {
  /** `content`: it is made or its content replaced; `attributes`: mode, times or such alone. */
  readonly kind: 'content' | 'attributes' | 'deleted';
  /** Nothing of that kind is at the path. Always false for what is deleted. */
  readonly isNew: boolean;
  readonly entry: RsyncEntryKind;
  /** Raw bytes, without a slash at the end. */
  readonly path: Buffer;
  readonly sizeBytes: number;
}

export type RsyncEntryKind = 'file' | 'folder' | 'symlink' | 'special';

/** For `--out-format`: the mark tells an item from whatever else is printed. */
export const ITEM_FORMAT = '=%i %l %n';

/** @returns undefined for a line that is no item */
export function parseItem(line: string): RsyncItem | undefined {
  const deleted = /^=\*deleting +\d+ (.+)$/.exec(line);
  if (deleted !== null) {
    const { path, isFolder } = trimSlash(unescapeName(deleted[1] ?? ''));
    return { kind: 'deleted', isNew: false, entry: isFolder ? 'folder' : 'file', path, sizeBytes: 0 };
  }
  const [, how, type, rest, size, name] = /^=([<>ch.])([fdLDS])(\S+) +(\d+) (.+)$/.exec(line) ?? [];
  if (how === undefined || rest === undefined || name === undefined) return undefined;
  return {
    kind: how === '.' ? 'attributes' : 'content',
    isNew: rest.startsWith('+'),
    entry: ENTRY_BY_LETTER[type ?? ''] ?? 'special',
    path: trimSlash(unescapeName(name)).path,
    sizeBytes: Number(size),
  };
}

const ENTRY_BY_LETTER: Readonly<Record<string, RsyncEntryKind>> = {
  f: 'file',
  d: 'folder',
  L: 'symlink',
  '-': 'file',
  l: 'symlink',
};

/** Of `--list-only --no-human-readable` with TZ=UTC. */
export interface RsyncListed {
  readonly entry: RsyncEntryKind;
  readonly sizeBytes: number;
  /** Whole seconds since 1970; rsync lists no finer. */
  readonly mtimeSeconds: number;
  readonly path: Buffer;
}

/** @returns undefined for a line that lists nothing */
export function parseListed(line: string): RsyncListed | undefined {
  const match = /^(\S)\S{9}\S? +(\d+) (\d+)\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) (.+)$/.exec(line);
  if (match === null) return undefined;
  const [, type = '', size, year, month, day, hour, minute, second, name = ''] = match;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number);
  return {
    entry: ENTRY_BY_LETTER[type] ?? 'special',
    sizeBytes: Number(size),
    mtimeSeconds: Date.UTC(y ?? 0, (mo ?? 1) - 1, d, h, mi, s) / 1000,
    path: unescapeName(name),
  };
}

export interface RsyncProgress {
  readonly bytes: number;
  readonly filesDone: number | undefined;
}

/** One report of `--info=progress2`, between two carriage returns. */
export function parseProgress(report: string): RsyncProgress | undefined {
  const [, bytes, , files] = /^\s*([\d,.]+)\s+(\d+)%\s+\S+\s+[\d:]+(?:\s+\(xfr#(\d+),.*\))?\s*$/.exec(report) ?? [];
  if (bytes === undefined) return undefined;
  return { bytes: Number(bytes.replace(/[,.]/g, '')), filesDone: files === undefined ? undefined : Number(files) };
}

/** `\#012` is the byte 10; a backslash that might be read so is itself written `\#134`. */
export function unescapeName(text: string): Buffer {
  const parts = text.split(/\\#(\d{3})/);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from([Number.parseInt(part, 8) & 255]))),
  );
}

function trimSlash(path: Buffer): { path: Buffer; isFolder: boolean } {
  const isFolder = path.length > 1 && path.at(-1) === 47;
  return { path: isFolder ? path.subarray(0, -1) : path, isFolder };
}
