/**
 * What planning has to know of this host. Nothing is changed, and no tool is run that could run a project's code.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isFree, pidOnPort } from '../../launcher/ports/listeners.ts';
import { commandOf } from '../../launcher/ports/process-table.ts';
import { loadRegistry } from '../../launcher/registry/registry-file.ts';
import { absPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { readHostFacts } from '../capture/host-facts.ts';
import { installedVersions, venvVersion } from '../capture/tools.ts';
import type { FactOptions } from '../session.ts';
import type { Snapshot } from '../snapshot/schema.ts';
import { tmuxServer } from '../tmux/server.ts';
import { UNFINISHED } from '../tmux/unfinished.ts';
import { firstProgram } from './first-program.ts';
import { createMapper, type Mapper } from './map-places.ts';
import type { Notice, TargetFacts } from './plan-schema.ts';

/** @throws {DsyncError} BAD_INPUT a path map that leads nowhere */
export async function gather(snapshot: Snapshot, options: FactOptions): Promise<TargetFacts> {
  const { home, signal } = options;
  const pathMap = (options.pathMap ?? []).map(parsePathMap);
  const [{ host, roots }, { registry }] = await Promise.all([readHostFacts(home, { signal }), loadRegistry(home)]);
  const projects = Object.fromEntries(
    registry.projects.flatMap(({ id, locations }) => {
      const path = locations[host.name]?.path;
      return path === undefined ? [] : [[id, path]];
    }),
  );
  const path = programFolders(host.home);
  const facts = { host, roots: [...roots], projects, pathMap };
  const mapper = createMapper(snapshot, facts);
  const ports = [...new Set(snapshot.services.flatMap(({ listens }) => listens.map(({ port }) => port)))];
  return {
    ...facts,
    terminal: options.terminal ?? ownTerminal(),
    tmux: await tmuxFacts(options),
    folders: [...new Set(mapper.folders())].filter(isFolder),
    programs: commandPrograms(snapshot, mapper).filter((name) => isProgram(name, path)),
    shells: Object.fromEntries(
      ['bash', 'zsh', 'fish', 'dash', 'ksh', 'sh'].flatMap((name) => {
        const folder = path.find((one) => isExecutable(`${one}/${name}`));
        return folder === undefined ? [] : [[name, `${folder}/${name}`]];
      }),
    ),
    shell: process.env.SHELL || '/bin/sh',
    busyPorts: (await Promise.all(ports.map(busyPort))).flatMap((one) => one ?? []),
    notices: toolNotices(snapshot, mapper, host.home, path),
  };
}

/** `FROM=TO`, both absolute or from ~; FROM as the other host has it. */
function parsePathMap(text: string): { from: string; to: string } {
  const at = text.indexOf('=');
  const [from, to] = [text.slice(0, at), text.slice(at + 1)];
  const bad = (fault: string): DsyncError =>
    new DsyncError('BAD_INPUT', `The path map ${text} ${fault}. Nothing was started and nothing was stopped.`, {
      cure: 'Write it as FROM=TO: a folder on the other host, and the one that stands for it here.',
    });
  if (at < 1 || to === '') throw bad('has no FROM=TO');
  if (!from.startsWith('/') || !/^[/~]/.test(to)) throw bad('names a path that is not absolute');
  const target = absPath(to);
  if (!isFolder(target)) throw bad(`leads to ${target}, which is no folder here`);
  return { from: from.length > 1 ? from.replace(/\/+$/, '') : from, to: target };
}

function ownTerminal(): { cols: number; rows: number } | null {
  const { columns: cols, rows } = process.stdout;
  return process.stdout.isTTY && cols > 0 && rows > 0 ? { cols, rows } : null;
}

async function tmuxFacts(options: FactOptions): Promise<TargetFacts['tmux']> {
  const server = tmuxServer(options);
  const { code, stdout } = await server.run(['-V']);
  if (code !== 0) return null;
  const version = stdout.replace(/^tmux\s+/, '').trim();
  try {
    const records = await server.records(['list-panes', '-a'], ['session_name', '@dsync_session', '@dsync_pane']);
    const sessions = new Map<string, { name: string; key: string; panes: string[] }>();
    for (const [name = '', key = '', pane = ''] of records) {
      if (name.startsWith(UNFINISHED)) continue;
      const session = sessions.get(name) ?? { name, key, panes: [] };
      if (pane !== '') session.panes.push(pane);
      sessions.set(name, session);
    }
    return { version, socket: server.socket, sessions: [...sessions.values()] };
  } catch (error) {
    if (options.signal.aborted) throw error;
    // No server runs there yet.
    return { version, socket: server.socket, sessions: [] };
  }
}

async function busyPort(port: number): Promise<TargetFacts['busyPorts'][number] | undefined> {
  if (await isFree(port)) return undefined;
  const pid = pidOnPort(port);
  if (pid === undefined) return { port, by: 'a process of another user', pid: null };
  return { port, by: `${commandOf(pid).slice(0, 80)} (pid ${pid})`, pid };
}

/** First words of commands that may be started. */
function commandPrograms(snapshot: Snapshot, mapper: Mapper): string[] {
  const panes = snapshot.mux.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
  const lines = [
    ...panes.flatMap(({ process }) => (process === null ? [] : [process.restart.command])),
    ...snapshot.processes.map(({ restart }) => restart.command),
    ...snapshot.services.map(({ command }) => command),
  ];
  return [...new Set(lines.flatMap((line) => firstProgram(mapper.text(line).text) ?? []))];
}

/** Where programs are found by a login shell, which this process may know little of. */
function programFolders(home: string): string[] {
  const nvm = `${home}/.nvm/versions/node`;
  return [
    ...(process.env.PATH ?? '').split(':'),
    ...[
      '.local/bin',
      'bin',
      '.cargo/bin',
      'go/bin',
      '.volta/bin',
      '.bun/bin',
      '.deno/bin',
      '.local/share/mise/shims',
      '.asdf/shims',
      '.pyenv/shims',
      '.rbenv/shims',
    ].map((name) => `${home}/${name}`),
    ...namesIn(nvm).map((name) => `${nvm}/${name}/bin`),
    ...['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/bin', '/snap/bin'],
  ].filter(Boolean);
}

function toolNotices({ tools }: Snapshot, mapper: Mapper, home: string, path: readonly string[]): Notice[] {
  return tools.flatMap((tool): Notice[] => {
    const folder = mapper.path(tool.dir);
    if (folder === undefined || !isFolder(folder)) return [];
    const where = folder;
    if (tool.name === 'direnv') return direnvNotice(folder, tool.hash, home, path);
    if (tool.from === '.venv' || tool.from === 'venv') {
      const found = venvVersion(readText(`${folder}/${tool.from}/pyvenv.cfg`));
      if (found === undefined)
        return [
          {
            where,
            text: `the virtual environment ${tool.from} is not here`,
            cure: `Make it here: it is bound to its host (python ${tool.version} there)`,
          },
        ];
      return found === tool.version
        ? []
        : [
            {
              where,
              text: `${tool.from} is of python ${found} here, of ${tool.version} there`,
              cure: 'Make it anew if that matters.',
            },
          ];
    }
    const installed = installedVersions(tool.name, home);
    const wanted = tool.version.replace(/^v/, '');
    const isThere = installed.some((one) => one === wanted || one.startsWith(`${wanted}.`));
    if (isThere || /^(?:lts|latest|system|node|stable)/.test(wanted)) return [];
    const found = installed.length === 0 ? 'none is installed by a version manager' : `found ${installed.join(', ')}`;
    return [
      {
        where,
        text: `${tool.name} ${tool.version} is wanted by ${tool.from}; ${found}`,
        cure: `Install it here, if what is on the PATH does not do.`,
      },
    ];
  });
}

/** Source: direnv, rc.go: allowed is whose path and content, hashed together, name a file in its data folder. */
function direnvNotice(folder: string, hash: string | undefined, home: string, path: readonly string[]): Notice[] {
  const envrc = `${folder}/.envrc`;
  const content = readText(envrc);
  if (content === undefined)
    return [{ where: folder, text: 'its .envrc is not here', cure: 'Sync it, or go without.' }];
  if (!isProgram('direnv', path))
    return [{ where: folder, text: 'its .envrc needs direnv, which is not here', cure: 'Install direnv.' }];
  const allowed = createHash('sha256').update(`${envrc}\n${content}`).digest('hex');
  const data = process.env.XDG_DATA_HOME || `${home}/.local/share`;
  const differs = hash !== undefined && createHash('sha256').update(content).digest('hex') !== hash;
  return [
    ...(differs
      ? [{ where: folder, text: 'its .envrc differs from the one there', cure: 'Wait for the sync: dsync wait' }]
      : []),
    ...(existsSync(`${data}/direnv/allow/${allowed}`)
      ? []
      : [{ where: folder, text: 'its .envrc is not allowed here', cure: `Look at it, then: direnv allow ${folder}` }]),
  ];
}

function isProgram(name: string, path: readonly string[]): boolean {
  return name.includes('/')
    ? isExecutable(name) || !name.startsWith('/')
    : path.some((folder) => isExecutable(`${folder}/${name}`));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
