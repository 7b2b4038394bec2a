/**
 * This host's session as it stands, in one snapshot.
 *
 * @module
 */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { userHome } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { VERSION } from '../../platform/version.ts';
import { readHandoffSettings } from '../handoff-settings.ts';
import type { CaptureOptions } from '../session.ts';
import { checksumOf } from '../snapshot/checksum.ts';
import { type Places, refOfPath, templateOf } from '../snapshot/path-ref.ts';
import { FORMAT, MAJOR, MINOR, type Snapshot, type SnapshotWarning } from '../snapshot/schema.ts';
import { createUlid } from '../snapshot/ulid.ts';
import { tmuxServer } from '../tmux/server.ts';
import type { PaneLook } from './capture-pane.ts';
import { type Captured, capturePanes, lookAtPanes } from './capture-panes.ts';
import { captureServices } from './capture-services.ts';
import { describeProcess, type Setting, startUpNames } from './describe-process.ts';
import { isPromptShell, isShellName } from './foreground.ts';
import { readGit, workTreeOf } from './git-state.ts';
import { readHostFacts } from './host-facts.ts';
import { readListeners } from './listening.ts';
import { readProcessTable } from './process-table.ts';
import { recentHistory, shellKind } from './shell-history.ts';
import { readTmux, type TmuxSession } from './tmux-state.ts';
import { wantedTools } from './tools.ts';

/** @throws {DsyncError} SESSION_EMPTY, SESSION_UNKNOWN */
export async function capture(options: CaptureOptions): Promise<Snapshot> {
  const { home, signal, trigger = 'manual' } = options;
  const { restart } = readHandoffSettings(home);
  const server = tmuxServer(options);
  const [facts, tmux] = await Promise.all([readHostFacts(home, { signal }), readTmux(server)]);
  const { host, roots } = facts;
  const sessions = chosenSessions(tmux, options);
  const table = readProcessTable();
  const path = (process.env.PATH ?? '').split(':').filter(Boolean);
  const places: Places = { home: host.home, roots };
  const setting: Setting = {
    table,
    places,
    path,
    isProgram: (name) => isProgram(name, path),
    setByStartUp: startUpNames(userHome()),
    restart,
  };
  const look = lookAtPanes(table, sessions ?? []);
  const below = sessions === undefined ? askingShell(setting) : undefined;
  const socket = sessions?.[0]?.socket_path ?? server.socket;
  const listeners = readListeners(table.byPid.keys());
  const services = captureServices({ setting, listeners, look, home, socket, below });
  const captured: Captured =
    sessions === undefined
      ? { sessions: [], editors: [], warnings: [], lastSession: null, sessionKey: undefined, parentId: undefined }
      : await capturePanes({ options, setting, server, sessions, look, services: services.found, host });
  const processes = below === undefined ? [] : processesBelow(below, setting, services.portsByPid);
  const cwd = activeFolder(captured, look, sessions) ?? process.cwd();
  const isEmpty = captured.sessions.length + processes.length + services.services.length === 0;
  if (isEmpty && (trigger === 'auto' || trigger === 'detach')) throw nothingHere(options);
  const shellPath = process.env.SHELL || '/bin/sh';
  const folders = [...new Set([cwd, ...look.map(({ cwd: folder }) => folder)])];
  const git = await gitOf(folders, places, roots, signal);
  const now = new Date().toISOString();
  const warnings = [...captured.warnings, ...otherMultiplexer(), ...(facts.isAgentRunning ? [] : [noAgent()])];
  const snapshot: Omit<Snapshot, 'checksum'> = {
    format: FORMAT,
    version: { major: MAJOR, minor: MINOR },
    id: createUlid(),
    parentId: captured.parentId ?? null,
    sessionKey: captured.sessionKey ?? createUlid(),
    name: options.name ?? null,
    createdAt: now,
    trigger,
    complete: captured.warnings.length === 0,
    warnings,
    producer: {
      dsync: VERSION,
      node: process.versions.node,
      mux:
        sessions === undefined
          ? { kind: 'none', version: '', socket: '' }
          : { kind: 'tmux', version: sessions[0]?.version ?? '', socket },
    },
    source: host,
    target: null,
    ownership: options.ownership ?? null,
    roots: roots.map(({ id, name, path: folder }) => ({
      id,
      name,
      paths: { [host.id]: folder },
      identity: {
        remote: git.find(({ root, dir }) => root === id && 'root' in dir && dir.rel === '')?.remote ?? null,
        subdir: '',
      },
    })),
    git,
    tools: toolsOf(folders, places),
    shell: {
      path: shellPath,
      kind: shellKind(shellPath),
      cwd: refOfPath(cwd, places),
      history: recentHistory(shellKind(shellPath), host.home).map((line) => templateOf(line, places)),
    },
    mux: { sessions: captured.sessions, lastSession: captured.lastSession },
    processes,
    services: services.services,
    editors: captured.editors,
  };
  return { ...snapshot, checksum: checksumOf(snapshot) };
}

function chosenSessions(
  all: TmuxSession[] | undefined,
  { sessions: names, socket }: CaptureOptions,
): TmuxSession[] | undefined {
  if (all === undefined) {
    if (socket !== undefined || names !== undefined)
      throw new DsyncError(
        'SESSION_EMPTY',
        `No tmux server answers${socket === undefined ? '' : ` at ${socket}`}. Nothing was saved.`,
      );
    return undefined;
  }
  if (names === undefined) return all;
  const missing = names.find((name) => all.every(({ session_name }) => session_name !== name));
  if (missing !== undefined)
    throw new DsyncError('SESSION_UNKNOWN', `There is no tmux session ${missing}. Nothing was saved.`);
  return all.filter(({ session_name }) => names.includes(session_name));
}

function nothingHere({ trigger }: CaptureOptions): DsyncError {
  return new DsyncError('SESSION_EMPTY', `There is nothing to save (${trigger}): no tmux session, and nothing runs`);
}

function noAgent(): SnapshotWarning {
  return {
    code: 'NO_AGENT',
    where: '',
    text: 'dsync’s agent does not run here, so places in synced folders are kept as paths',
  };
}

/** Those that cannot be saved are named, so that nobody thinks that they were. */
function otherMultiplexer({ TMUX, ZELLIJ, STY }: NodeJS.ProcessEnv = process.env): SnapshotWarning[] {
  const name = ZELLIJ !== undefined ? 'zellij' : STY !== undefined ? 'screen' : undefined;
  if (name === undefined || TMUX !== undefined) return [];
  const text = `this shell runs in ${name}, which is not supported: its panes are not saved, only those of tmux are`;
  return [{ code: 'NOT_SUPPORTED', where: '', text }];
}

/** Where the user is: the active pane of the session that was used last. */
function activeFolder(
  { lastSession }: Captured,
  look: readonly PaneLook[],
  sessions: readonly TmuxSession[] | undefined,
): string | undefined {
  const session = sessions?.find(({ session_name }) => session_name === lastSession) ?? sessions?.[0];
  const window = session?.windows.find(({ window_active }) => window_active === '1');
  const pane = window?.panes.find(({ pane_active }) => pane_active === '1');
  return look.find(({ id }) => id === pane?.pane_id)?.cwd;
}

/** Without tmux: the shell that dsync was started from. */
function askingShell({ table }: Setting): number | undefined {
  for (let at = table.byPid.get(process.ppid); at !== undefined; at = table.byPid.get(at.parent))
    if (isPromptShell(table.argvOf(at.pid))) return at.pid;
  return undefined;
}

/** Jobs of that shell; not this command itself, nor shells that run nothing. */
function processesBelow(
  shell: number,
  setting: Setting,
  ports: ReadonlyMap<number, readonly number[]>,
): Snapshot['processes'] {
  const { table } = setting;
  const own = new Set<number>();
  for (let at = table.byPid.get(process.pid); at !== undefined && at.pid !== shell; at = table.byPid.get(at.parent))
    own.add(at.pid);
  return table
    .childrenOf(shell)
    .filter(({ pid, isZombie }) => !own.has(pid) && !isZombie && !isShellName(table.argvOf(pid).argv[0] ?? ''))
    .map((leader) =>
      describeProcess(
        {
          leader,
          parts: [leader],
          base: table.byPid.get(shell),
          cwd: table.cwdOf(leader.pid) ?? '/',
          typed: undefined,
          ports: table.treeOf(leader.pid).flatMap(({ pid }) => ports.get(pid) ?? []),
          launch: undefined,
          agent: null,
        },
        setting,
      ),
    );
}

const GIT_AT_ONCE = 4;

async function gitOf(
  folders: readonly string[],
  places: Places,
  roots: readonly { readonly id: string }[],
  signal: AbortSignal,
): Promise<Snapshot['git']> {
  const trees = [...new Set(folders.flatMap((folder) => workTreeOf(folder) ?? []))];
  const found: Snapshot['git'] = [];
  for (let at = 0; at < trees.length; at += GIT_AT_ONCE) {
    const some = trees.slice(at, at + GIT_AT_ONCE);
    const states = await Promise.all(some.map((tree) => readGit(tree, { signal })));
    states.forEach((state, i) => {
      const dir = refOfPath(some[i] ?? '', places);
      const root = 'root' in dir ? (roots.find(({ id }) => id === dir.root)?.id ?? null) : null;
      if (state !== undefined) found.push({ ...state, root, dir });
    });
  }
  return found;
}

function toolsOf(folders: readonly string[], places: Places): Snapshot['tools'] {
  const wanted = folders.flatMap((folder) => wantedTools(folder, places.home));
  const unique = new Map(wanted.map((one) => [`${one.folder} ${one.from} ${one.name}`, one]));
  return [...unique.values()].map(({ folder, ...tool }) => ({ ...tool, dir: refOfPath(folder, places) }));
}

function isProgram(name: string, path: readonly string[]): boolean {
  if (name.includes('/')) return isExecutable(name);
  return path.some((folder) => isExecutable(`${folder}/${name}`));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return dirname(path) !== '';
  } catch {
    return false;
  }
}
