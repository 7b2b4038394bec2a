/**
 * Trees as literals, on disk, and compared: `{ 'src/a.ts': 'x', now: symlink('src'), empty: folder() }`.
 *
 * `.dsync` is left out, but for the conflict copies in it where they are asked for.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export type TreeNode =
  | { readonly kind: 'file'; readonly content: string | Uint8Array; readonly mode?: number }
  | { readonly kind: 'folder'; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly target: string };

/** Paths to what is there; folders above a path need no mention. A bare string is a file's content. */
export type TreeLiteral = Readonly<Record<string, string | Uint8Array | TreeNode>>;

export type Found =
  | {
      readonly kind: 'file';
      readonly mode: number;
      readonly sizeBytes: number;
      readonly mtimeNs: bigint;
      readonly hash: string;
      /** The content of a short file, for people to read. */
      readonly preview: string;
    }
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'special' };

export type FoundTree = ReadonlyMap<string, Found>;

export function file(content: string | Uint8Array, mode?: number): TreeNode {
  return mode === undefined ? { kind: 'file', content } : { kind: 'file', content, mode };
}

export function folder(mode?: number): TreeNode {
  return mode === undefined ? { kind: 'folder' } : { kind: 'folder', mode };
}

export function symlink(target: string): TreeNode {
  return { kind: 'symlink', target };
}

/** Adds to what is there; files are written in place. */
export function writeTree(root: string, literal: TreeLiteral): void {
  for (const [path, node] of nodesOf(literal)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (node.kind === 'symlink') symlinkSync(node.target, at);
    else {
      if (node.kind === 'folder') mkdirSync(at, { recursive: true });
      else writeFileSync(at, node.content);
      if (node.mode !== undefined) chmodSync(at, node.mode);
    }
  }
}

/** What vanishes while it is looked at is not there. */
export function readTree(root: string, { conflictCopies = false } = {}): FoundTree {
  const found = new Map<string, Found>();
  walk('');
  return found;

  function walk(below: string): void {
    for (const name of namesIn(join(root, below))) {
      const path = below === '' ? name : `${below}/${name}`;
      if (path === '.dsync' ? !conflictCopies : path.startsWith('.dsync/') && !isInConflicts(path)) continue;
      const node = look(join(root, path));
      if (node === undefined) continue;
      // The folders of `.dsync` come and go with what is in them.
      if (node.kind !== 'folder' || (path !== '.dsync' && !path.startsWith('.dsync/'))) found.set(path, node);
      if (node.kind === 'folder') walk(path);
    }
  }
}

/** One line for each path that differs, undefined where none does. */
export function diffTrees(
  a: FoundTree,
  b: FoundTree,
  { names = ['a', 'b'] }: { names?: readonly [string, string] } = {},
): string | undefined {
  const paths = [...new Set([...a.keys(), ...b.keys()])].sort();
  const lines = paths.flatMap((path) => {
    const [left, right] = [describe(a.get(path)), describe(b.get(path))];
    return left === right ? [] : [`${JSON.stringify(path)}\n    ${names[0]}: ${left}\n    ${names[1]}: ${right}`];
  });
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** How a tree on disk differs from what was expected; modes count only where the literal names them, mtimes never. */
export function diffLiteral(expected: TreeLiteral, actual: FoundTree): string | undefined {
  const wanted = new Map<string, TreeNode>();
  for (const [path, node] of nodesOf(expected)) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) if (!wanted.has(at)) wanted.set(at, folder());
    wanted.set(path, node);
  }
  const lines = [...new Set([...wanted.keys(), ...actual.keys()])].sort().flatMap((path) => {
    const [want, got] = [wanted.get(path), actual.get(path)];
    if (want !== undefined && got !== undefined && matches(want, got)) return [];
    return [`${JSON.stringify(path)}\n    expected: ${describeNode(want)}\n    found:    ${describe(got)}`];
  });
  return lines.length === 0 ? undefined : lines.join('\n');
}

function nodesOf(literal: TreeLiteral): [string, TreeNode][] {
  return Object.entries(literal).map(([path, value]) => [
    path,
    typeof value === 'string' || value instanceof Uint8Array ? file(value) : value,
  ]);
}

function matches(want: TreeNode, got: Found): boolean {
  if (want.kind === 'symlink') return got.kind === 'symlink' && got.target === want.target;
  if (got.kind !== want.kind) return false;
  if (want.mode !== undefined && want.mode !== got.mode) return false;
  return want.kind === 'folder' || (got.kind === 'file' && got.hash === hashOf(Buffer.from(want.content)));
}

function look(at: string): Found | undefined {
  try {
    const stat = lstatSync(at, { bigint: true });
    if (stat.isSymbolicLink()) return { kind: 'symlink', target: readlinkSync(at) };
    if (stat.isDirectory()) return { kind: 'folder', mode: permissions(stat) };
    if (!stat.isFile()) return { kind: 'special' };
    const content = readFileSync(at);
    const preview = content.length > 80 ? '' : content.toString('utf8');
    const { mtimeNs } = stat;
    return {
      kind: 'file',
      mode: permissions(stat),
      sizeBytes: content.length,
      mtimeNs,
      hash: hashOf(content),
      preview,
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function namesIn(at: string): string[] {
  try {
    return readdirSync(at).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function isInConflicts(path: string): boolean {
  return path === '.dsync/conflicts' || path.startsWith('.dsync/conflicts/');
}

function permissions({ mode }: BigIntStats): number {
  return Number(mode & 0o7777n);
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url');
}

function describe(node: Found | undefined): string {
  switch (node?.kind) {
    case undefined:
      return 'nothing';
    case 'file': {
      const content = node.preview === '' ? `hash ${node.hash.slice(0, 12)}` : JSON.stringify(node.preview);
      return `file ${node.mode.toString(8)}, ${node.sizeBytes} bytes, mtime ${node.mtimeNs}, ${content}`;
    }
    case 'folder':
      return `folder ${node.mode.toString(8)}`;
    case 'symlink':
      return `symlink to ${JSON.stringify(node.target)}`;
    case 'special':
      return 'special file';
  }
}

function describeNode(node: TreeNode | undefined): string {
  if (node === undefined) return 'nothing';
  if (node.kind === 'symlink') return `symlink to ${JSON.stringify(node.target)}`;
  const mode = node.mode === undefined ? '' : ` ${node.mode.toString(8)}`;
  if (node.kind === 'folder') return `folder${mode}`;
  const content = Buffer.from(node.content);
  const text = content.length > 80 ? `hash ${hashOf(content).slice(0, 12)}` : JSON.stringify(content.toString('utf8'));
  return `file${mode}, ${content.length} bytes, ${text}`;
}
