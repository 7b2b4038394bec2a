/**
 * Both hosts in this process, as `dsync demo` has them: real SSH over the loopback, nothing set up.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type AbsPath, absPath, childPath } from '../../platform/abs-path.ts';
import { resolveHome } from '../../platform/home.ts';
import { startDemoHosts } from '../cli/demo-hosts.ts';
import { connectControl } from '../control/client.ts';
import { quoteSh } from '../link/remote-shell.ts';
import { bareLoopback } from './bare-loopback.ts';
import { createLocalSh } from './local-sh.ts';
import { programPath } from './programs.ts';
import type { Stage } from './stage.ts';

const LINK_MS = 20_000;

export async function openEmbeddedStage({ signal }: { readonly signal: AbortSignal }): Promise<Stage> {
  const base = scratchFolder();
  const rootName = 'dtest';
  const folders = { here: folderIn(base, 'here'), there: folderIn(base, 'there') };
  const scratch = folderIn(base, 'scratch');
  let hosts: Awaited<ReturnType<typeof startDemoHosts>> | undefined;
  const remove = async (): Promise<void> => {
    await hosts?.close();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    hosts = await startDemoHosts(folders, { rootName });
    const env = { ...process.env, DSYNC_HOME: hosts.homeHere };
    const dsync = [process.execPath, programPath('dsync')].map(quoteSh).join(' ');
    const agent = await connectControl(resolveHome(env));
    await agent.call('wait', { timeoutMs: LINK_MS }, { signal });
    return {
      kind: 'embedded',
      here: { name: 'here', root: folders.here, sh: createLocalSh(folders.here, { env, signal }), dsync },
      there: {
        name: 'there',
        root: folders.there,
        sh: createLocalSh(folders.there, { env: { ...process.env, DSYNC_HOME: hosts.homeThere }, signal }),
        dsync,
      },
      rootName,
      agent,
      env,
      scratch,
      bareLimit: (bytes) => bareLoopback(scratch, bytes),
      async close() {
        agent.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

export function scratchFolder(): AbsPath {
  return absPath(mkdtempSync(`${realpathSync(tmpdir())}/dtest-`));
}

function folderIn(base: AbsPath, name: string): AbsPath {
  const path = childPath(base, name);
  mkdirSync(path);
  return path;
}
