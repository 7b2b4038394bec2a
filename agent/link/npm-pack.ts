/**
 * Fetching npm packages as they are published, by the user's own npm: their registry, proxy and credentials apply.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';

export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-` and base64: what the tarball must be. */
  readonly integrity: string;
}

/** npm is where node is, or on the PATH. */
const NPM_PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;

/**
 * The package's tarball in the cache folder, fetched unless it is there already.
 *
 * @throws {DsyncError} DEPLOY_FAILED npm or its registry cannot be reached, or gives something else
 */
export async function fetchPackage(
  { name, version, integrity }: PublishedPackage,
  { cache, signal, onFetch }: { cache: AbsPath; signal?: AbortSignal | undefined; onFetch?: (() => void) | undefined },
): Promise<AbsPath> {
  const kept = childPath(cache, `${name.replaceAll('/', '+')}-${version}.tgz`);
  if (existsSync(kept) && (await integrityOf(kept)) === integrity) return kept;
  onFetch?.();
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const folder = absPath(mkdtempSync(`${cache}/fetch-`));
  try {
    const tarball = await npmPack(`${name}@${version}`, folder, signal);
    const found = await integrityOf(tarball);
    if (found !== integrity) {
      throw new DsyncError(
        'DEPLOY_FAILED',
        `${name}@${version} is not what was published: ${found}, not ${integrity}`,
        {
          cure: 'See which registry npm uses: npm config get registry',
        },
      );
    }
    renameSync(tarball, kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the one file that npm put into the folder */
async function npmPack(spec: string, folder: AbsPath, signal: AbortSignal | undefined): Promise<AbsPath> {
  // Without scripts: nothing that was fetched runs here.
  const args = ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'];
  try {
    await promisify(execFile)('npm', args, {
      cwd: folder,
      env: { ...process.env, PATH: NPM_PATH },
      maxBuffer: 64 * 1024 * 1024,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = errnoOf(error) === 'ENOENT' ? 'there is no npm on this host' : npmErrorIn(messageOf(error));
    throw fetchFailure(spec, cause, error);
  }
  const [name] = readdirSync(folder);
  if (name === undefined) throw fetchFailure(spec, 'npm pack wrote no file', undefined);
  return childPath(folder, name);
}

function fetchFailure(spec: string, why: string, cause: unknown): DsyncError {
  return new DsyncError('DEPLOY_FAILED', `Could not fetch ${spec} from the npm registry: ${why}`, {
    cause,
    cure: 'Deploy once from a host that has npm and reaches its registry.',
  });
}

/** The sentence among npm's lines, which otherwise are codes and a stack. */
function npmErrorIn(text: string): string {
  const lines = text
    .split('\n')
    .flatMap((line) => /^npm error (?!(?:code|errno|syscall) )(\S.*)$/.exec(line)?.[1] ?? []);
  return lines[0] ?? text.slice(0, 300);
}

async function integrityOf(path: AbsPath): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest('base64')}`;
}
