/**
 * Changes to the roots that this host has. Works with or without a running agent; a running one wants a `reload`.
 *
 * @module
 */
import { type AbsPath, absPath } from '../../../platform/abs-path.ts';
import { writeFileAtomic } from '../../../platform/atomic-file.ts';
import { DsyncError } from '../../../platform/failure.ts';
import { ensureHome, type Home } from '../../../platform/home.ts';
import { ENVIRONMENT_ROOT } from '../environment/environment-root.ts';
import { type Config, loadConfigLocked, pathsPath, readPaths, withConfigLock } from './load-config.ts';
import { addPathsRoot, editPathsRoots, formatPaths, isRootName, type PathsFile, type PathsRoot } from './paths-file.ts';
import { rootFault } from './root-checks.ts';
import { type RootId, type RootRecord, readRoots, writeRoots } from './roots-file.ts';

/**
 * Adds a line to paths.txt, or hosts to the line of a folder that is a root already.
 *
 * @param root its path as it shall stand in the file
 * @throws {DsyncError} ROOT_EXISTS, ROOT_INVALID, HOST_UNKNOWN, BAD_INPUT, BAD_STATE; nothing was written
 */
export function addRoot(home: Home, root: PathsRoot): Promise<RootRecord> {
  return withConfigLock(home, () => {
    ensureHome(home);
    const { roots, hosts } = loadConfigLocked(home);
    const path = absPath(root.path);
    const same = roots.find((other) => other.path === path && other.joinedFrom === undefined);
    for (const { host } of root.hosts) {
      if (!hosts.some(({ name }) => name === host))
        throw new DsyncError('HOST_UNKNOWN', `There is no host called ${host}`);
    }
    if (same !== undefined) {
      if (same.id === ENVIRONMENT_ROOT)
        throw new DsyncError('ROOT_EXISTS', `${root.path} is what dsync env carries, to all hosts`);
      writePaths(
        home,
        editPathsRoots(readPaths(home), (line) => (absPath(line.path) === path ? withHosts(line, root, same) : line)),
      );
      return findRoot(loadConfigLocked(home).roots, path);
    }
    if (root.name !== undefined) checkName(root.name, roots);
    const others = roots.filter((other) => other.path !== path).map((other) => other.path);
    checkFolder(path, others, home);
    writePaths(home, addPathsRoot(readPaths(home), root));
    return findRoot(loadConfigLocked(home).roots, path);
  });
}

/**
 * Takes a root out of use here. Its files, its record and its id stay.
 *
 * @param target name, id or path
 * @throws {DsyncError} ROOT_UNKNOWN; ROOT_INVALID it is the synced environment
 */
export function removeRoot(home: Home, target: string): Promise<RootRecord> {
  return withConfigLock(home, () => {
    const root = findRoot(loadConfigLocked(home).roots, target);
    if (root.id === ENVIRONMENT_ROOT)
      throw new DsyncError('ROOT_INVALID', `${root.name} is what dsync env carries. Nothing was changed.`, {
        cure: 'Take out what is not to be carried: dsync env rm NAME',
      });
    if (root.joinedFrom === undefined) {
      writePaths(
        home,
        editPathsRoots(readPaths(home), (line) => (absPath(line.path) === root.path ? undefined : line)),
      );
    } else {
      editRecord(home, root.id, (record) => ({ ...record, removed: true }));
    }
    return root;
  });
}

/**
 * Takes in a root that another host asked for.
 *
 * @returns the record as it was where the root is known already; undefined where the user removed it here
 * @throws {DsyncError} ROOT_INVALID, ROOT_EXISTS: its folder is a root with another id
 */
export function joinRoot(
  home: Home,
  asked: {
    readonly id: RootId;
    readonly name: string;
    readonly path: AbsPath;
    readonly from: string;
    /** Its agent. */
    readonly fromId: string;
  },
): Promise<RootRecord | undefined> {
  return withConfigLock(home, () => {
    ensureHome(home);
    const records = readRoots(home);
    const known = records.find(({ id }) => id === asked.id);
    if (known?.removed) return undefined;
    const { roots } = loadConfigLocked(home);
    const inUse = roots.find(({ id }) => id === asked.id);
    if (inUse !== undefined) return inUse;
    const others = roots.map(({ path }) => path);
    if (others.includes(asked.path)) {
      throw new DsyncError('ROOT_EXISTS', `${asked.path} is a root of its own here, so ${asked.from} cannot share it`, {
        cure: `Remove it here, then it joins: dsync root rm ${asked.path}`,
      });
    }
    checkFolder(asked.path, others, home);
    const record: RootRecord = {
      id: asked.id,
      name: asked.name,
      path: asked.path,
      hosts: [],
      joinedFrom: asked.from,
      joinedFromId: asked.fromId,
      markerCreated: false,
      paused: false,
      removed: false,
    };
    // One record a folder: what the folder's last id was does not matter to the root that lies there from here on.
    writeRoots(home, [...records.filter(({ id, path }) => id !== asked.id && path !== asked.path), record]);
    return findRoot(loadConfigLocked(home).roots, asked.id);
  });
}

/** @throws {DsyncError} ROOT_UNKNOWN */
export function setRootMarkerCreated(home: Home, id: RootId): Promise<void> {
  return withConfigLock(home, () => editRecord(home, id, (record) => ({ ...record, markerCreated: true })));
}

/** @throws {DsyncError} ROOT_UNKNOWN */
export function setRootPaused(home: Home, id: RootId, paused: boolean): Promise<void> {
  return withConfigLock(home, () => editRecord(home, id, (record) => ({ ...record, paused })));
}

/**
 * @param target name, id or path; a relative path is taken from the working directory
 * @throws {DsyncError} ROOT_UNKNOWN
 */
export function findRoot(roots: Config['roots'], target: string): RootRecord {
  const root =
    roots.find(({ id, name }) => id === target || name === target) ??
    roots.find(({ path }) => path === absPath(target));
  if (root === undefined) throw new DsyncError('ROOT_UNKNOWN', `No root has the name, id or path ${target}`);
  return root;
}

/** @throws {DsyncError} ROOT_EXISTS nothing is to be added, or what is there says otherwise */
function withHosts(line: PathsRoot, { path, hosts, name }: PathsRoot, { name: known }: RootRecord): PathsRoot {
  const refused = (why: string, cure: string) =>
    new DsyncError('ROOT_EXISTS', `${path} is a root already, ${why}`, { cure });
  if (name !== undefined && name !== known) throw refused(`called ${known}`, 'Leave the name out');
  if (hosts.length === 0)
    throw refused(`called ${known}`, `Keep it in sync with another host as well: dsync root add ${path} --host NAME`);
  if (line.hosts.length === 0) throw refused('kept in sync with all hosts', 'See which they are: dsync host ls');
  for (const { host, path: there } of hosts) {
    const before = line.hosts.find((one) => one.host === host);
    if (before !== undefined && before.path !== there)
      throw refused(
        `and lies at ${before.path ?? 'the same place'} on ${host}`,
        'To move it there, edit its line in paths.txt',
      );
  }
  const added = hosts.filter(({ host }) => !line.hosts.some((one) => one.host === host));
  if (added.length === 0)
    throw refused(`and kept in sync with ${hosts.map(({ host }) => host).join(', ')}`, 'See it: dsync root ls');
  return { ...line, hosts: [...line.hosts, ...added] };
}

function editRecord(home: Home, id: RootId, edit: (record: RootRecord) => RootRecord): void {
  const records = readRoots(home);
  if (!records.some((record) => record.id === id)) throw new DsyncError('ROOT_UNKNOWN', `No root has the id ${id}`);
  writeRoots(
    home,
    records.map((record) => (record.id === id ? edit(record) : record)),
  );
}

function checkName(name: string, roots: Config['roots']): void {
  if (!isRootName(name))
    throw new DsyncError('BAD_INPUT', `“${name}” is no name for a root: it is empty or has a / in it`);
  const taken = roots.find((other) => other.name === name);
  if (taken !== undefined) throw new DsyncError('ROOT_EXISTS', `The root ${taken.path} is called ${name} already`);
}

function checkFolder(path: AbsPath, others: readonly AbsPath[], home: Home): void {
  const fault = rootFault(path, others, { home });
  if (fault === undefined) return;
  const cure = fault.kind === 'missing' ? `Create it first: mkdir -p ${path}` : undefined;
  throw new DsyncError('ROOT_INVALID', `${path} cannot be a root: ${fault.reason}`, cure === undefined ? {} : { cure });
}

function writePaths(home: Home, paths: PathsFile): void {
  writeFileAtomic(pathsPath(home), formatPaths(paths), { mode: 0o600 });
}
