/**
 * A project's files as detectors see them: names, texts, parsed values. Reading is all that is ever done; nothing of the
 * project is run.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { messageOf } from '../../platform/failure.ts';
import { stripJsonComments } from '../../platform/json-comments.ts';
import { lineOfJsonFault } from '../../platform/settings-lines.ts';
import { type Fields, isFields } from '../core/shape.ts';

/** A file of the project that cannot be used; the rest of the project can. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly cause: string;
}

export interface ProjectFiles {
  readonly path: string;
  /** All that lies directly in the project. */
  readonly names: ReadonlySet<string>;
  /** The files of the workspace that this project is a member of. */
  readonly workspace: ProjectFiles | undefined;
  has(path: string): boolean;
  /** Names in a folder, sorted; none where it is missing or unreadable. */
  list(folder: string): readonly string[];
  /** Undefined where the file is missing, unreadable, not a file or too large to be one that a person wrote. */
  text(path: string): string | undefined;
  /** Parsed, comments allowed; undefined where there is none, or its fault was noted. */
  json(path: string): Fields | undefined;
  toml(path: string): Fields | undefined;
  yaml(path: string): Fields | undefined;
  /** What could not be used of what was asked for so far. */
  readonly faults: readonly Fault[];
}

const MAX_BYTES = 1024 * 1024;

/**
 * @param names what lies in it, where that is known already
 * @param workspace of which it is a member
 */
export async function openProjectFiles(
  path: string,
  { names, workspace }: { readonly names?: readonly string[]; readonly workspace?: ProjectFiles } = {},
): Promise<ProjectFiles> {
  const known = new Set(names ?? namesIn(path));
  const parsers = await loadParsers([...known, ...(workspace?.names ?? [])]);
  const faults: Fault[] = [];
  const texts = new Map<string, string | undefined>();
  const values = new Map<string, Fields | undefined>();

  function text(file: string): string | undefined {
    if (!file.includes('/') && !known.has(file)) return undefined;
    if (!texts.has(file)) texts.set(file, readSmallText(`${path}/${file}`));
    return texts.get(file);
  }

  /** Each file is parsed once, and its fault noted once. */
  function parsed(file: string, parse: (content: string) => unknown, lineOf: LineOf): Fields | undefined {
    if (values.has(file)) return values.get(file);
    const content = text(file);
    let value: unknown;
    try {
      value = content === undefined ? undefined : parse(content);
      if (content !== undefined && !isFields(value)) faults.push({ file, line: 1, cause: 'it holds no fields' });
    } catch (error) {
      faults.push({ file, line: lineOf(error, content ?? ''), cause: firstLine(messageOf(error)) });
    }
    const fields = isFields(value) ? value : undefined;
    values.set(file, fields);
    return fields;
  }

  return {
    path,
    names: known,
    workspace,
    faults,
    has(below) {
      if (!below.includes('/')) return known.has(below);
      return statSync(`${path}/${below}`, { throwIfNoEntry: false }) !== undefined;
    },
    list: (folder) => namesIn(`${path}/${folder}`),
    text,
    json: (file) =>
      parsed(
        file,
        (content) => JSON.parse(stripJsonComments(content.replace(/^\uFEFF/, ''))),
        (error, content) => lineOfJsonFault(content, messageOf(error)),
      ),
    toml: (file) => parsed(file, parsers.toml, (error) => numberIn(error, 'line')),
    yaml: (file) =>
      parsed(file, parsers.yaml, (error) => {
        const [place] =
          error instanceof Error && 'linePos' in error && Array.isArray(error.linePos) ? error.linePos : [];
        return numberIn(place, 'line');
      }),
  };
}

type LineOf = (error: unknown, content: string) => number;

/** Loaded where a file wants them: they are half of what a quick command costs. */
async function loadParsers(names: readonly string[]) {
  const ends = (...endings: readonly string[]): boolean =>
    names.some((name) => endings.some((ending) => name.endsWith(ending)));
  const toml = ends('.toml', 'Pipfile', 'poetry.lock', 'uv.lock') ? await import('smol-toml') : undefined;
  const yaml = ends('.yaml', '.yml') ? await import('yaml') : undefined;
  return {
    toml: (content: string): unknown => toml?.parse(content),
    // Aliases that name each other a few times make gigabytes out of a line.
    yaml: (content: string): unknown => yaml?.parse(content, { maxAliasCount: 100, logLevel: 'error' }),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Opened without waiting: a pipe or a device of that name must not hang whoever looks. */
function readSmallText(path: string): string | undefined {
  let fd: number;
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_BYTES) return undefined;
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(Math.min(MAX_BYTES, fstatSync(fd).size));
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? '';
}

function numberIn(value: unknown, key: string): number {
  if (typeof value !== 'object' || value === null) return 1;
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'number' ? found : 1;
}
