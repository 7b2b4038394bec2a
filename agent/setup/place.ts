/**
 * Where the program that runs lies for good: a checkout, an npm installation, or the current version that another host
 * put here.
 *
 * @module
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import * as z from 'zod';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import { findInstallRoot } from '../link/install-root.ts';

export interface Place {
  /** Holds dist/ and aliases.sh, also after the next upgrade. */
  readonly folder: AbsPath;
  readonly programs: readonly { readonly name: string; readonly target: AbsPath }[];
  /** Starts `dsync`, without any search for Node.js. */
  readonly command: readonly string[];
}

const PROGRAMS = ['dsync', 'dlaunch', 'switch-host', 'dtest'];
const manifestSchema = z.object({ bin: z.record(z.string(), z.string()).optional() });

/** @throws {DsyncError} DEPLOY_FAILED nothing was built */
export function findPlace(home: Home): Place {
  const { folder } = findInstallRoot();
  const launcher = childPath(home.lib, 'dsync');
  if (folder.startsWith(`${realOf(childPath(home.lib, 'versions'))}/`) && existsSync(launcher)) {
    const current = childPath(home.lib, 'current');
    const names = PROGRAMS.filter((name) => existsSync(`${folder}/dist/${name}.js`));
    return { folder: current, programs: names.map((name) => ({ name, target: launcher })), command: [launcher] };
  }
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(childPath(folder, 'package.json'), 'utf8')));
  const programs = Object.entries(manifest.bin ?? {}).map(([name, path]) => ({
    name,
    target: childPath(folder, path),
  }));
  return {
    folder,
    programs: programs.filter(({ target }) => existsSync(target)),
    command: [process.execPath, childPath(folder, 'dist/dsync.js')],
  };
}

function realOf(path: AbsPath): string {
  return existsSync(path) ? realpathSync(path) : path;
}
