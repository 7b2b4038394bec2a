/**
 * The roots in use: paths.txt says which and where, roots.json knows their ids. Pure.
 *
 * @module
 */
import type { AbsPath } from '../../../platform/abs-path.ts';
import type { PathsFile, PathsRoot } from './paths-file.ts';
import type { RootId, RootRecord } from './roots-file.ts';

/** A line of a configuration file that is not in force, and why; the other lines are. */
export interface ConfigProblem {
  readonly file: AbsPath;
  readonly line: number;
  readonly cause: string;
  readonly cure: string;
}

interface MergeOptions {
  readonly file: AbsPath;
  readonly records: readonly RootRecord[];
  /** Names of the hosts in hosts.json. */
  readonly hosts: readonly string[];
  readonly resolvePath: (path: string) => AbsPath;
  /** The form of a path that is right on every host. */
  readonly sharedPath: (path: AbsPath) => string;
  /** Why the path cannot be a root beside the others; undefined if it can. */
  readonly fault: (path: AbsPath, others: readonly AbsPath[]) => string | undefined;
  readonly newId: () => RootId;
}

/**
 * @returns `roots` in use, those of paths.txt first, names unique; `records` as roots.json should have them
 */
export function mergeRoots(
  paths: PathsFile,
  { file, records, hosts, resolvePath, sharedPath, fault, newId }: MergeOptions,
): {
  readonly roots: readonly RootRecord[];
  readonly records: readonly RootRecord[];
  readonly problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  const recordByPath = new Map(records.map((record) => [record.path, record]));
  const roots: RootRecord[] = [];
  const names = new Set(
    paths.lines.flatMap((line) => (line.kind === 'root' && line.root.name ? [line.root.name] : [])),
  );
  const named = new Set<string>();

  for (const [i, line] of paths.lines.entries()) {
    const problem = (cause: string, cure = `Mend line ${i + 1} of ${file}`) =>
      problems.push({ file, line: i + 1, cause, cure });
    if (line.kind === 'fault') problem(line.fault);
    if (line.kind !== 'root') continue;
    const path = resolvePath(line.root.path);
    const why = fault(
      path,
      roots.map((root) => root.path),
    );
    if (why !== undefined) {
      problem(`${line.root.path} cannot be a root: ${why}`);
      continue;
    }
    const { name } = line.root;
    if (name !== undefined && named.has(name)) {
      problem(`another root is called ${name} already`);
      continue;
    }
    if (name !== undefined) named.add(name);
    for (const { host } of line.root.hosts) {
      if (!hosts.includes(host))
        problem(`there is no host ${host}`, `Add it: dsync host add ${host}, or take it out of ${file}`);
    }
    const { joinedFrom: _, joinedFromId: __, ...known } = recordByPath.get(path) ?? blankRecord(newId(), path);
    roots.push({
      ...known,
      name: name ?? uniqueName(path, names),
      hosts: hostsOf(line.root, { path, hosts, sharedPath }),
      removed: false,
    });
  }

  for (const record of records) {
    if (record.joinedFrom === undefined || record.removed || roots.some(({ path }) => path === record.path)) continue;
    const why = fault(
      record.path,
      roots.map((root) => root.path),
    );
    if (why !== undefined) {
      const cure = `Take one of the two away: dsync root rm ${record.name}`;
      problems.push({
        file,
        line: 0,
        cause: `${record.path}, joined from ${record.joinedFrom}, cannot be a root: ${why}`,
        cure,
      });
      continue;
    }
    roots.push({ ...record, name: uniqueName(record.name, names) });
  }
  const inUse = new Map(roots.map((root) => [root.path, root]));
  const kept = records.filter(({ path }) => !inUse.has(path));
  return { roots, records: [...roots, ...kept], problems };
}

function hostsOf(
  root: PathsRoot,
  { path, hosts, sharedPath }: Pick<MergeOptions, 'hosts' | 'sharedPath'> & { readonly path: AbsPath },
): RootRecord['hosts'] {
  if (root.hosts.length === 0) return hosts.map((host) => ({ host, path: sharedPath(path) }));
  return root.hosts
    .filter(({ host }) => hosts.includes(host))
    .map(({ host, path: theirs }) => ({ host, path: theirs ?? sharedPath(path) }));
}

function blankRecord(id: RootId, path: AbsPath): RootRecord {
  return { id, name: '', path, hosts: [], markerCreated: false, paused: false, removed: false };
}

/** The last part of the path, with a number where that is taken; joins `names`. */
function uniqueName(path: string, names: Set<string>): string {
  const base = path.slice(path.lastIndexOf('/') + 1) || 'root';
  let name = base;
  for (let i = 2; names.has(name); i++) name = `${base}-${i}`;
  names.add(name);
  return name;
}
