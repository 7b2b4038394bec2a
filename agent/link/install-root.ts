/**
 * Where the running program's own files lie: a checkout, an npm installation, or a version that was deployed.
 *
 * @module
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
export type PackageJson = z.infer<typeof packageSchema>;

export interface InstallRoot {
  /** Holds dist/ and package.json. */
  readonly folder: AbsPath;
  readonly version: string;
  /** Checksums (`sha512-…`) of native parts for every platform, by `name@version`. */
  readonly integrityByPart: ReadonlyMap<string, string>;
}

/**
 * Looks upwards from this module for the folder whose dist/ was built.
 *
 * @throws {DsyncError} DEPLOY_FAILED nothing was built: the sources are run as they are
 */
export function findInstallRoot(from: string = fileURLToPath(import.meta.url)): InstallRoot {
  for (let folder = dirname(realpathSync(from)); ; folder = dirname(folder)) {
    const parts = `${folder}/dist/parts.json`;
    if (existsSync(parts)) {
      const integrities = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(parts, 'utf8')));
      return {
        folder: absPath(folder),
        version: readPackage(absPath(folder)).version,
        integrityByPart: new Map(Object.entries(integrities)),
      };
    }
    if (folder === dirname(folder)) break;
  }
  throw new DsyncError('DEPLOY_FAILED', `There is no built program above ${from} to put on another host`, {
    cure: 'Build it first: npm run build',
  });
}

/** Finds an installed package as Node does: in node_modules here, then further up; undefined where it is not installed. */
export function findPackage(name: string, from: AbsPath): AbsPath | undefined {
  for (let folder: string = from; ; folder = dirname(folder)) {
    const candidate = childPath(absPath(folder), `node_modules/${name}`);
    if (existsSync(childPath(candidate, 'package.json'))) return absPath(realpathSync(candidate));
    if (folder === dirname(folder)) return undefined;
  }
}

export function readPackage(folder: AbsPath): PackageJson {
  return packageSchema.parse(JSON.parse(readFileSync(childPath(folder, 'package.json'), 'utf8')));
}
