/**
 * Where dsync keeps its own files. `DSYNC_HOME` puts everything under one folder; else the XDG folders.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type AbsPath, absPath, childPath, userHome } from './abs-path.ts';

export interface Home {
  /** settings.json, paths.txt, hosts.json: the user's. */
  readonly config: AbsPath;
  /** Index, logs, audit, roots.json: the agent's. */
  readonly state: AbsPath;
  /** Deployed versions: `lib/versions/<hash>`, `lib/current`. */
  readonly lib: AbsPath;
  /** The running agent's unix socket. */
  readonly socket: AbsPath;
}

/** Longest path that fits a unix socket address, less its NUL: macOS has 104 bytes, Linux 108. */
const MAX_SOCKET_BYTES = 103;

export function resolveHome(env: NodeJS.ProcessEnv = process.env): Home {
  const own = env.DSYNC_HOME;
  if (own !== undefined && own !== '') {
    const base = absPath(own);
    const state = childPath(base, 'state');
    return { config: childPath(base, 'config'), state, lib: childPath(base, 'lib'), socket: socketPath(state) };
  }
  const home = env.HOME || userHome();
  const config = absPath('dsync', { from: env.XDG_CONFIG_HOME || `${home}/.config` });
  const state = absPath('dsync', { from: env.XDG_STATE_HOME || `${home}/.local/state` });
  const lib = absPath('dsync', { from: env.XDG_DATA_HOME || `${home}/.local/share` });
  return { config, state, lib, socket: socketPath(state) };
}

/** Creates the folders, readable by this user alone. */
export function ensureHome(home: Home): void {
  for (const folder of [home.config, home.state]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(home.socket.slice(0, home.socket.lastIndexOf('/')), { recursive: true, mode: 0o700 });
}

function socketPath(state: AbsPath): AbsPath {
  const path = childPath(state, 'agent.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_BYTES) return path;
  // Loaded for such a path alone: it is a tenth of what a quick command costs.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const key = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return absPath(`${tmpdir()}/dsync-${process.getuid?.() ?? 0}-${key}/agent.sock`);
}
