/**
 * What a host is like, asked once before anything is put there.
 *
 * @module
 */
import * as z from 'zod';
import type { AbsPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { resolveHome } from '../../platform/home.ts';
import { FIND_NODE } from './find-node.ts';
import { runRemote } from './remote-shell.ts';
import type { SshSession } from './ssh-session.ts';

const absPathSchema = z.custom<AbsPath>((value) => typeof value === 'string' && value.startsWith('/'), 'not absolute');
const optional = z.string().optional();

/** What the script prints, by key; an absent line is an undefined value. */
const answerSchema = z.object({
  os: z.string(),
  arch: z.string(),
  libc: z.enum(['glibc', 'musl', 'none']),
  home: absPathSchema,
  dsyncHome: absPathSchema.optional(),
  dataHome: absPathSchema.optional(),
  node: z
    .string()
    .regex(/^\/.*\t[\d.]+\t\w+$/)
    .optional(),
  rsync: optional,
  tmux: optional,
  git: optional,
  freeKib: z.coerce.number().nonnegative().optional().catch(undefined),
  current: optional,
  versions: optional,
  launcherNode: optional,
});

export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'x64' | 'arm64';
}

export interface HostFacts extends Platform {
  /** `none`: macOS. */
  readonly libc: 'glibc' | 'musl' | 'none';
  readonly home: AbsPath;
  /** As set for logins there; undefined where the XDG folders apply. */
  readonly dsyncHome: AbsPath | undefined;
  /** Where versions are deployed, as platform/home.ts computes it there. */
  readonly lib: AbsPath;
  /** Undefined where there is none that is recent enough. */
  readonly node: { readonly path: AbsPath; readonly version: string } | undefined;
  /** Versions as the programs tell them, `3.2.7`; undefined where there is no such program. */
  readonly rsync: string | undefined;
  readonly tmux: string | undefined;
  readonly git: string | undefined;
  /** On the disk of {@link lib}; undefined where `df` does not tell. */
  readonly freeBytes: number | undefined;
  /** Hash of the version that starts there. */
  readonly current: string | undefined;
  /** Hashes of all versions that are there. */
  readonly versions: readonly string[];
  /** The Node.js that the launcher there starts. */
  readonly launcherNode: string | undefined;
}

/**
 * Asks all of it by one command, without start-up files.
 *
 * @throws {DsyncError} UNSUPPORTED neither Linux nor macOS, or neither x64 nor arm64
 * @throws {DsyncError} HOST_UNREACHABLE no command can be run there
 */
export async function probeHost(session: SshSession, { signal }: { signal?: AbortSignal } = {}): Promise<HostFacts> {
  const { code, stdout, stderr } = await runRemote(session, PROBE_SCRIPT, { signal });
  if (code !== 0) throw new DsyncError('HOST_UNREACHABLE', `Could not look at the host: ${stderr.trim()}`);
  return parseFacts(stdout);
}

/** Reads what the probe's script printed: a line `key=value` each, of which the last of a key counts. */
export function parseFacts(text: string): HostFacts {
  const lines = text.split('\n').map((line) => /^(\w+)=(.+)$/u.exec(line));
  const parsed = answerSchema.safeParse(Object.fromEntries(lines.flatMap((match) => (match ? [match.slice(1)] : []))));
  if (!parsed.success) {
    throw new DsyncError(
      'UNSUPPORTED',
      `The host gave an answer that makes no sense: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { os, arch, node, rsync, tmux, git, freeKib, versions, dsyncHome, dataHome, home, ...rest } = parsed.data;
  const [path, version, nodeArch] = node?.split('\t') ?? [];
  const { lib } = resolveHome({ HOME: home, DSYNC_HOME: dsyncHome, XDG_DATA_HOME: dataHome });
  return {
    // An x64 Node.js may run on an arm64 Mac; native parts go by Node's architecture.
    ...parsePlatform(os, nodeArch ?? arch),
    libc: rest.libc,
    home,
    dsyncHome,
    lib,
    node: path === undefined || version === undefined ? undefined : { path: absPathSchema.parse(path), version },
    rsync: parseVersion(rsync),
    tmux: parseVersion(tmux),
    git: parseVersion(git),
    freeBytes: freeKib === undefined ? undefined : freeKib * 1024,
    current: isHash(rest.current) ? rest.current : undefined,
    versions: versions?.split(' ').filter(isHash) ?? [],
    launcherNode: rest.launcherNode,
  };
}

/** The name of a deployed version, and nothing that lies beside them. */
function isHash(name: string | undefined): boolean {
  return name !== undefined && /^[0-9a-f]{16}$/.test(name);
}

/** Takes what uname says, and what Node.js says. */
function parsePlatform(osName: string, archName: string): Platform {
  const os = { Linux: 'linux', Darwin: 'darwin' }[osName];
  const arch = { x86_64: 'x64', amd64: 'x64', x64: 'x64', aarch64: 'arm64', arm64: 'arm64' }[archName];
  if ((os === 'linux' || os === 'darwin') && (arch === 'x64' || arch === 'arm64')) return { os, arch };
  throw new DsyncError(
    'UNSUPPORTED',
    `The host is ${osName} on ${archName}; dsync runs on Linux and macOS, x64 and arm64`,
  );
}

/** `rsync  version 3.2.7  protocol version 31` → `3.2.7`; `tmux 3.3a` → `3.3a`. */
function parseVersion(text: string | undefined): string | undefined {
  return text === undefined ? undefined : /\d+(?:\.\d+)+[a-z]?/.exec(text)?.[0];
}

/** Sets `lib`; relative folders and `~` are taken from the home, where a login starts. */
const SET_LIB = `
absolute() { case $1 in '') ;; /*) printf %s "$1" ;; '~') printf %s "$HOME" ;; '~/'*) printf %s "$HOME/\${1#??}" ;; *) printf %s "$HOME/$1" ;; esac; }
own=$(absolute "$DSYNC_HOME")
data=$(absolute "$XDG_DATA_HOME")
if [ -n "$own" ]; then lib=$own/lib; else lib=\${data:-$HOME/.local/share}/dsync; fi
`;

const PROBE_SCRIPT = `
LC_ALL=C; export LC_ALL
: "\${HOME:=$(cd ~ && pwd)}"
${SET_LIB}
${FIND_NODE}
tell() { [ -z "$2" ] || printf '%s=%s\\n' "$1" "$2"; }
tell os "$(uname -s)"
tell arch "$(uname -m)"
libc=glibc
if [ "$(uname -s)" != Linux ]; then libc=none
elif ls /lib/ld-musl-*.so.* >/dev/null 2>&1 && ! ls /lib*/ld-linux*.so.* /lib/*/ld-linux*.so.* >/dev/null 2>&1; then libc=musl; fi
tell libc "$libc"
tell home "$HOME"
tell dsyncHome "$own"
tell dataHome "$data"
tell node "$(find_node)"
PATH=$PATH:/opt/homebrew/bin:/usr/local/bin:/home/linuxbrew/.linuxbrew/bin:/usr/bin:/bin:/opt/local/bin
tell rsync "$(rsync --version 2>/dev/null | sed -n 1p)"
tell tmux "$(tmux -V 2>/dev/null)"
tell git "$(git --version 2>/dev/null)"
folder=$lib
while [ ! -d "$folder" ] && [ -n "$folder" ]; do folder=\${folder%/*}; done
tell freeKib "$(df -Pk "\${folder:-/}" 2>/dev/null | awk 'END { print $4 }')"
current=$(readlink "$lib/current" 2>/dev/null)
tell current "\${current##*/}"
tell versions "$(ls -1 "$lib/versions" 2>/dev/null | tr '\\n' ' ')"
tell launcherNode "$(sed -n 's/^# node: //p' "$lib/dsync" 2>/dev/null)"
exit 0
`;
