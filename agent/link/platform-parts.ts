/**
 * The native parts for the other host's platform: ours if it is alike, else fetched once and kept.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { type BundleFile, filesIn, isNeededFile, partsFor } from './bundle-files.ts';
import { findPackage, type InstallRoot, readPackage } from './install-root.ts';
import { fetchPackage } from './npm-pack.ts';
import type { Platform } from './probe.ts';

export interface FetchOptions {
  /** Where fetched packages are kept. */
  readonly cache: AbsPath;
  readonly onProgress?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws {DsyncError} DEPLOY_FAILED they are not installed here and cannot be fetched
 */
export async function platformFiles(
  root: InstallRoot,
  platform: Platform,
  options: FetchOptions,
): Promise<BundleFile[]> {
  const files: BundleFile[] = [];
  for (const part of partsFor(root, platform)) {
    const installed = findInstalled(root, part);
    const path = `node_modules/${part.name}`;
    files.push(
      ...(installed === undefined
        ? await fetchPart(root, part, path, options)
        : filesIn(installed, path, isNeededFile)),
    );
  }
  if (files.filter(({ path }) => path.endsWith('.node')).length < 2) {
    throw new DsyncError('DEPLOY_FAILED', `There are no native parts for ${platform.os} on ${platform.arch}`);
  }
  return files;
}

function findInstalled(root: InstallRoot, { name, version }: { name: string; version: string }): AbsPath | undefined {
  const folder = findPackage(name, root.folder);
  return folder !== undefined && readPackage(folder).version === version ? folder : undefined;
}

async function fetchPart(
  root: InstallRoot,
  { name, version }: { name: string; version: string },
  path: string,
  { cache, onProgress, signal }: FetchOptions,
): Promise<BundleFile[]> {
  const integrity = root.integrityByPart.get(`${name}@${version}`);
  if (integrity === undefined) {
    throw new DsyncError('DEPLOY_FAILED', `No checksum is known for ${name}@${version}, so it is not fetched`);
  }
  const onFetch = () => onProgress?.(`fetching ${name} ${version} from the npm registry`);
  return await unpackPackage(await fetchPackage({ name, version, integrity }, { cache, signal, onFetch }), path);
}

/** The files that run, out of a published tarball; in it all paths begin with one folder, by convention `package`. */
async function unpackPackage(tarball: AbsPath, prefix: string): Promise<BundleFile[]> {
  const files: BundleFile[] = [];
  const unpack = extract();
  unpack.on('entry', ({ name, type }, content, next) => {
    const path = name.slice(name.indexOf('/') + 1);
    const parts: Uint8Array[] = [];
    content.on('data', (part) => {
      if (part instanceof Uint8Array) parts.push(part);
    });
    content.on('end', () => {
      const isSafe = type === 'file' && path.split('/').every((part) => part !== '..' && part !== '');
      if (isSafe && isNeededFile(path)) {
        files.push({ path: `${prefix}/${path}`, bytes: Buffer.concat(parts) });
      }
      next();
    });
  });
  await pipeline(createReadStream(tarball), createGunzip(), unpack);
  return files;
}
