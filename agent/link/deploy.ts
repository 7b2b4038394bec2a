/**
 * Putting this very version of the program on another host: one command for all of it, beside what is there.
 *
 * @module
 */
import { Readable } from 'node:stream';
import * as z from 'zod';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { resolveHome } from '../../platform/home.ts';
import { type Bundle, createBundle, packBundle } from './bundle.ts';
import { programFiles } from './bundle-files.ts';
import { findInstallRoot, type InstallRoot } from './install-root.ts';
import { platformFiles } from './platform-parts.ts';
import type { HostFacts } from './probe.ts';
import { quoteSh, runRemote } from './remote-shell.ts';
import { deployFailure, megabytes, shipNode } from './ship-node.ts';
import type { SshSession } from './ssh-session.ts';

export interface DeployOptions {
  /** Bring Node.js along where there is none. */
  readonly shipNode?: boolean | undefined;
  /** One line of text for each step that takes a while. */
  readonly onProgress?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where fetched packages are kept. */
  readonly cache?: AbsPath | undefined;
  readonly root?: InstallRoot | undefined;
}

export interface Deployed {
  /** Names the version there. */
  readonly hash: string;
  /** Another version, or none, started there before: an agent that runs is not this one and may be restarted. */
  readonly fresh: boolean;
  /** For `SshSession.exec`, alike in every login shell: joins its stdio to the agent there. */
  readonly bridgeCommand: string;
}

const activatedSchema = z.object({ switched: z.boolean(), removed: z.array(z.string()) });

/**
 * Makes the version there the one that runs here. Sends nothing if it is there already, and asks nothing if it is the
 * current one. An agent that runs there is left alone.
 *
 * @throws {DsyncError} NODE_MISSING no Node.js there, and none was to be brought along
 * @throws {DsyncError} DEPLOY_FAILED, DISK_FULL what was there before still is, and still starts
 */
export async function deployAgent(
  session: SshSession,
  facts: HostFacts,
  options: DeployOptions = {},
): Promise<Deployed> {
  const { onProgress, signal, root = findInstallRoot(), cache = childPath(resolveHome().lib, 'cache') } = options;
  if (facts.node === undefined && options.shipNode !== true) {
    throw new DsyncError('NODE_MISSING', 'No Node.js 20.19 or later was found on the host');
  }
  const bundle = createBundle(
    [...programFiles(root), ...(await platformFiles(root, facts, { cache, onProgress, signal }))],
    facts,
  );
  const bridgeCommand = `exec /bin/sh ${quoteSh(childPath(facts.lib, 'dsync'))} bridge`;
  if (facts.node !== undefined && facts.current === bundle.hash && facts.launcherNode === facts.node.path) {
    return { hash: bundle.hash, fresh: false, bridgeCommand };
  }
  const node = facts.node ?? (await shipNode(session, facts, { cache, onProgress, signal }));
  const isThere = facts.versions.includes(bundle.hash);
  const input = isThere ? undefined : await packFor(bundle, facts, onProgress);
  const script = isThere
    ? activateScript(bundle.hash, facts.lib, node.path)
    : unpackScript(bundle.hash, facts.lib, node.path);
  const { code, stdout, stderr } = await runRemote(session, script, { input, signal });
  const activated = code === 0 ? activatedSchema.safeParse(parseJson(stdout)) : undefined;
  if (activated?.success !== true) throw deployFailure('Could not put dsync on the host', stderr || stdout);
  return { hash: bundle.hash, fresh: activated.data.switched, bridgeCommand };
}

async function packFor(
  bundle: Bundle,
  { freeBytes }: HostFacts,
  onProgress: DeployOptions['onProgress'],
): Promise<Readable> {
  const packed = await packBundle(bundle);
  // Half as much again: files take whole blocks.
  const neededBytes = bundle.sizeBytes * 1.5;
  if (freeBytes !== undefined && freeBytes < neededBytes) {
    throw new DsyncError(
      'DISK_FULL',
      `dsync needs ${megabytes(neededBytes)} there, and ${megabytes(freeBytes)} are free`,
    );
  }
  onProgress?.(`sending dsync (${megabytes(packed.length)})`);
  return Readable.from([packed]);
}

function unpackScript(hash: string, lib: AbsPath, node: string): string {
  return `
umask 077
lib=${quoteSh(lib)}
mkdir -p "$lib/versions" || exit 1
tmp=$lib/versions/${hash}.tmp-$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tmp" || exit 1
gzip -dc | (cd "$tmp" && tar -xf -) || exit 1
${quoteSh(node)} "$tmp/dist/activate.js" "$lib" ${hash} ${quoteSh(node)} "$tmp"
`;
}

function activateScript(hash: string, lib: AbsPath, node: string): string {
  const program = childPath(lib, `versions/${hash}/dist/activate.js`);
  return [node, program, lib, hash, node].map(quoteSh).join(' ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
