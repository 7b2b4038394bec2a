/**
 * paths.txt: the roots that this host shares, one a line: `PATH [HOST[:REMOTE-PATH]]... [name=NAME]`.
 *
 * A line without a host means all hosts. Edits keep comments, order and lines that cannot be read.
 *
 * @module
 */
import { DsyncError } from '../../../platform/failure.ts';
import { isHostName } from '../../../platform/own-host-name.ts';
import { formatWord, parseWords } from '../../../platform/shell-words.ts';

export interface PathsRoot {
  /** As written: absolute, or from `~`. */
  readonly path: string;
  /** Empty: all hosts. */
  readonly hosts: readonly { readonly host: string; readonly path?: string }[];
  readonly name?: string;
}

export type PathsLine =
  | { readonly kind: 'root'; readonly text: string; readonly root: PathsRoot; readonly comment: string | undefined }
  | { readonly kind: 'fault'; readonly text: string; readonly fault: string }
  | { readonly kind: 'blank'; readonly text: string };

/** Line `i` of the file is number `i + 1`. */
export interface PathsFile {
  readonly lines: readonly PathsLine[];
}

/** Every text parses; what is wrong with a line stands at that line. */
export function parsePaths(text: string): PathsFile {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return { lines: lines.map(parseLine) };
}

/** The inverse of {@link parsePaths}, byte for byte where nothing was edited (but for a last line without an end). */
export function formatPaths({ lines }: PathsFile): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

export function addPathsRoot({ lines }: PathsFile, root: PathsRoot): PathsFile {
  return { lines: [...lines, rootLine(root, undefined)] };
}

/** @param edit undefined takes the line away */
export function editPathsRoots({ lines }: PathsFile, edit: (root: PathsRoot) => PathsRoot | undefined): PathsFile {
  const edited = lines.flatMap((line): PathsLine[] => {
    if (line.kind !== 'root') return [line];
    const root = edit(line.root);
    if (root === line.root) return [line];
    return root === undefined ? [] : [rootLine(root, line.comment)];
  });
  return { lines: edited };
}

/** @throws {DsyncError} BAD_INPUT a part holds a line break */
export function formatPathsRoot({ path, hosts, name }: PathsRoot): string {
  const words = [
    path,
    ...hosts.map(({ host, path: theirs }) => (theirs === undefined ? host : `${host}:${theirs}`)),
    ...(name === undefined ? [] : [`name=${name}`]),
  ];
  const broken = words.find((word) => /[\n\r\0]/.test(word));
  if (broken !== undefined)
    throw new DsyncError('BAD_INPUT', `A line of paths.txt cannot hold ${JSON.stringify(broken)}`);
  return words.map(formatWord).join(' ');
}

function rootLine(root: PathsRoot, comment: string | undefined): PathsLine {
  const line = formatPathsRoot(root);
  return { kind: 'root', text: comment === undefined ? line : `${line} ${comment}`, root, comment };
}

function parseLine(text: string): PathsLine {
  const parsed = parseWords(text.replace(/\r$/, ''));
  if (parsed.kind === 'fault') return { kind: 'fault', text, fault: parsed.fault };
  const [path, ...rest] = parsed.words;
  if (path === undefined) return { kind: 'blank', text };
  const fault = (why: string): PathsLine => ({ kind: 'fault', text, fault: why });
  if (!isPlace(path)) return fault(`the path “${path}” is neither absolute nor from ~/`);
  const hosts: { host: string; path?: string }[] = [];
  let name: string | undefined;
  for (const word of rest) {
    if (word.startsWith('name=')) {
      if (name !== undefined) return fault('name= stands there twice');
      name = word.slice('name='.length);
      if (!isRootName(name))
        return fault(`“${name}” is no name for a root: it is empty, or has a / or a line break in it`);
      continue;
    }
    const colon = word.indexOf(':');
    const host = colon < 0 ? word : word.slice(0, colon);
    const theirs = colon < 0 ? undefined : word.slice(colon + 1);
    if (!isHostName(host)) return fault(`“${word}” is neither HOST, HOST:PATH nor name=NAME`);
    if (theirs !== undefined && !isPlace(theirs)) return fault(`the path in “${word}” is neither absolute nor from ~/`);
    if (hosts.some((other) => other.host === host)) return fault(`${host} stands there twice`);
    hosts.push(theirs === undefined ? { host } : { host, path: theirs });
  }
  const root = name === undefined ? { path, hosts } : { path, hosts, name };
  return { kind: 'root', text, root, comment: parsed.comment };
}

export function isRootName(text: string): boolean {
  return text !== '' && !/[/\n\r\0]/.test(text);
}

/** Another folder than this process's own decides where a path leads, so only these forms mean the same everywhere. */
function isPlace(path: string): boolean {
  return (path.startsWith('/') || path === '~' || path.startsWith('~/')) && !path.includes('\0');
}
