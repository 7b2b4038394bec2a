/**
 * Which files make up the program on another host: dist/, and of the packages that are not bundled into it what runs.
 *
 * Alike on every host that has the same version, wherever it was installed from, so that two hosts that deploy to a
 * third do not replace each other's.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { findPackage, type InstallRoot, readPackage } from './install-root.ts';

export interface BundleFile {
  /** Below the version's folder, `/`-separated. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Not bundled into dist/, and needed there. */
const PACKAGES = ['koffi', 'lmdb', 'ssh2'] as const;

/** Asked for by those, and not needed to run: they build native code, or are quicker ways to what works without. */
const NEEDLESS = new Set(['cpu-features', 'nan', 'node-addon-api', 'msgpackr-extract']);

/** Packages of which there is one for each platform: `@lmdb/lmdb-linux-x64`. */
const PART_NAME = /^@(?:lmdb|koromix)\/.+/;

const NEEDLESS_FOLDER = /^(?:node_modules|build|test|tests|doc|docs|examples?|bench(?:mark)?s?|vendor|\..*)$/;
const NEEDED_FILE = /(?:\.[cm]?js|\.node|^package\.json|^LICEN[CS]E.*|^dict\.txt)$/;
/** Our own, which the program may read. */
const OWN_FILES = [
  'LICENSE',
  'aliases.sh',
  'aliases.fish',
  'handoff/typed-line.sh',
  'handoff/typed-line.fish',
  'paths.txt',
  'projects.json',
] as const;

/** What is the same for every platform. */
export function programFiles(root: InstallRoot): BundleFile[] {
  const own = OWN_FILES.filter((name) => existsSync(childPath(root.folder, name))).map((name) =>
    readBundleFile(childPath(root.folder, name), name),
  );
  // A package.json of its own: the checkout's lists what is needed to build.
  const manifest = `${JSON.stringify({ name: 'dsync', version: root.version, type: 'module', private: true })}\n`;
  return [
    { path: 'package.json', bytes: Buffer.from(manifest) },
    ...own,
    ...filesIn(childPath(root.folder, 'dist'), 'dist', (name) => !name.endsWith('.map')),
    ...packageFiles(root),
  ];
}

/** The native parts that packages of ours name for a platform, `name` and exact `version`. */
export function partsFor(
  root: InstallRoot,
  { os, arch }: { os: string; arch: string },
): { name: string; version: string }[] {
  return PACKAGES.flatMap((name) => {
    const folder = findPackage(name, root.folder);
    const parts = folder === undefined ? {} : readPackage(folder).optionalDependencies;
    return Object.entries(parts).flatMap(([part, version]) =>
      PART_NAME.test(part) && part.endsWith(`-${os}-${arch}`) ? [{ name: part, version }] : [],
    );
  });
}

/** Whether a file of an npm package is one that runs. */
export function isNeededFile(path: string): boolean {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  // Of the builds for one Node.js version each and the one for all, the latter is as quick and outlives an upgrade.
  return !parts.some((part) => NEEDLESS_FOLDER.test(part)) && NEEDED_FILE.test(name) && !/^node\.abi\d+\./.test(name);
}

function packageFiles(root: InstallRoot): BundleFile[] {
  const folderByPath = new Map<string, AbsPath>();
  const add = (name: string, from: AbsPath, parent: string): void => {
    const folder = findPackage(name, from);
    if (folder === undefined) return;
    // At the top unless another version of it is there, which is how npm lays them out.
    const top = `node_modules/${name}`;
    const path = [top, `${parent}/${top}`].find((place) => (folderByPath.get(place) ?? folder) === folder);
    if (path === undefined || folderByPath.has(path)) return;
    folderByPath.set(path, folder);
    for (const dependency of Object.keys(readPackage(folder).dependencies).sort()) {
      if (!NEEDLESS.has(dependency)) add(dependency, folder, path);
    }
  };
  for (const name of PACKAGES) add(name, root.folder, '');
  return [...folderByPath].flatMap(([path, folder]) => filesIn(folder, path, isNeededFile));
}

/** Files below a folder; `isWanted` gets the path from there. */
export function filesIn(folder: AbsPath, prefix: string, isWanted: (path: string) => boolean): BundleFile[] {
  const walk = (below: string): BundleFile[] =>
    readdirSync(`${folder}/${below}`, { withFileTypes: true }).flatMap((item) => {
      const path = below === '' ? item.name : `${below}/${item.name}`;
      if (item.isDirectory()) return NEEDLESS_FOLDER.test(item.name) ? [] : walk(path);
      return item.isFile() && isWanted(path) ? [readBundleFile(childPath(folder, path), `${prefix}/${path}`)] : [];
    });
  return walk('');
}

function readBundleFile(from: AbsPath, path: string): BundleFile {
  return { path, bytes: readFileSync(from) };
}
