/**
 * A real sshd on loopback for one test, with keys, known_hosts and client configuration of its own.
 *
 * @module
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** The alias in the client configuration; `B` by default. */
  readonly alias: string;
  /** One public key line, without a comment. */
  readonly hostKeyPublic: string;
  readonly hostKeyPath: string;
  /** A client configuration whose `Host` block is {@link alias}. */
  readonly configPath: string;
  readonly identityPath: string;
  readonly knownHostsPath: string;
  readonly authorizedKeysPath: string;
  /** Holds an executable `ssh` that is the real one with `-F configPath`: put it first on PATH. */
  readonly sshWrapperDir: string;
  /** This process's environment with {@link sshWrapperDir} first on PATH and without an ssh-agent. */
  readonly env: NodeJS.ProcessEnv;
  /** sshd's log so far. */
  log(): string;
  /** Kills sshd and the connections it serves, as a power cut would; the port is kept for {@link restart}. */
  kill(): Promise<void>;
  /** Starts again on the same port with the same keys; connections that stand are cut. */
  restart(): Promise<void>;
  /** Ends everything it started and removes its files. */
  close(): Promise<void>;
}

export interface SshdOptions {
  /** Environment of every remote command; `HOME` works, the working directory stays the user's real home. */
  readonly env?: Readonly<Record<string, string>>;
  /** Public key lines accepted beside the generated identity. */
  readonly authorizedKeys?: readonly string[];
  /** Lines for sshd_config, before all others, so that they win. */
  readonly extraConfig?: string;
  /** Lines for the client's `Host` block. */
  readonly clientConfig?: string;
  readonly alias?: string;
}

export async function startSshd({
  env = {},
  authorizedKeys = [],
  extraConfig = '',
  clientConfig = '',
  alias = 'B',
}: SshdOptions = {}): Promise<Sshd> {
  const sshdPath = findProgram('sshd', ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin', '/sbin']);
  const sshPath = findProgram('ssh');
  const user = userInfo().username;
  if (process.getuid?.() === 0 && process.platform === 'linux')
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dsync-sshd-'));
  const path = (name: string): string => join(folder, name);
  keygen(path('host-key'));
  keygen(path('identity'));
  const hostKeyPublic = publicLine(path('host-key.pub'));
  writeFileSync(path('authorized_keys'), [publicLine(path('identity.pub')), ...authorizedKeys, ''].join('\n'));
  mkdirSync(path('bin'));
  writeFileSync(path('bin/ssh'), `#!/bin/sh\nexec ${quote(sshPath)} -F ${quote(path('ssh_config'))} "$@"\n`, {
    mode: 0o755,
  });

  let log = '';
  let running: { readonly pid: number; readonly exited: Promise<void> } | undefined;
  /** Remote commands that a {@link Sshd.kill} left behind. */
  const orphans: ProcessLine[] = [];
  let port = 0;

  async function start({ isRestart = false } = {}): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (port === 0) port = await freePort();
      writeFileSync(path('sshd_config'), `${extraConfig}\n${sshdConfig({ folder, port, env })}`);
      const child = spawn(sshdPath, ['-D', '-e', '-f', path('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      const { pid } = child;
      const exited = new Promise<void>((resolve) => {
        child.once('exit', () => resolve()).once('error', () => resolve());
      });
      let over = false;
      void exited.then(() => {
        over = true;
      });
      if (pid !== undefined && (await greets(port, () => over))) {
        running = { pid, exited };
        return;
      }
      if (!over) child.kill('SIGKILL');
      if (attempt === 5) throw new Error(`sshd did not start:\n${log}`);
      // Someone else took the port in between. A restart must keep it, so it tries the same one again.
      if (!isRestart) port = 0;
    }
  }

  async function stop(isOurs: (command: string) => boolean): Promise<void> {
    const { pid, exited } = running ?? {};
    if (pid === undefined) return;
    for (const line of descendants(pid)) isOurs(line.command) ? killPid(line.pid) : orphans.push(line);
    killPid(pid);
    await exited;
    // Its number may belong to somebody else by the next time.
    running = undefined;
  }

  const kill = (): Promise<void> => stop((command) => command.includes('sshd'));

  async function close(): Promise<void> {
    await stop(() => true);
    const alive = new Map(allProcesses().map((line) => [line.pid, line.command]));
    for (const { pid, command } of orphans) if (alive.get(pid) === command) killPid(pid);
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  writeFileSync(path('known_hosts'), `[127.0.0.1]:${port} ${hostKeyPublic}\n`);
  writeFileSync(path('ssh_config'), `Host ${alias}\n${clientBlock({ folder, port, user, clientConfig })}`);
  const { SSH_AUTH_SOCK: _, ...inherited } = process.env;
  return {
    port,
    user,
    alias,
    hostKeyPublic,
    hostKeyPath: path('host-key'),
    configPath: path('ssh_config'),
    identityPath: path('identity'),
    knownHostsPath: path('known_hosts'),
    authorizedKeysPath: path('authorized_keys'),
    sshWrapperDir: path('bin'),
    env: { ...inherited, PATH: `${path('bin')}${delimiter}${process.env.PATH ?? ''}` },
    log: () => log,
    kill,
    async restart() {
      await kill();
      await start({ isRestart: true });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function sshdConfig({
  folder,
  port,
  env,
}: {
  folder: string;
  port: number;
  env: Readonly<Record<string, string>>;
}): string {
  const setEnv = Object.entries(env).map(([name, value]) => `"${name}=${value.replaceAll('"', '\\"')}"`);
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${folder}/host-key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    `PidFile ${folder}/sshd.pid`,
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PermitUserRC no',
    'PrintMotd no',
    'PrintLastLog no',
    'UseDNS no',
    'AllowTcpForwarding yes',
    'AllowStreamLocalForwarding yes',
    'MaxSessions 200',
    'MaxStartups 200',
    'MaxAuthTries 20',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
    // From 9.8 on, a test that fails to log in a few times would lock all others out.
    ...(clientVersion() >= 9.8 ? ['PerSourcePenalties no'] : []),
    // Only the first SetEnv line counts.
    ...(setEnv.length > 0 ? [`SetEnv ${setEnv.join(' ')}`] : []),
    '',
  ].join('\n');
}

function clientBlock(options: { folder: string; port: number; user: string; clientConfig: string }): string {
  const { folder, port, user, clientConfig } = options;
  return [
    ...clientConfig.split('\n'),
    'HostName 127.0.0.1',
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${folder}/identity`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${folder}/known_hosts`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'LogLevel ERROR',
    '',
  ].join('\n  ');
}

/** Makes a key pair without a passphrase, or with one, at `path` and `path.pub`. */
export function keygen(
  path: string,
  { passphrase = '', type = 'ed25519' }: { passphrase?: string; type?: string } = {},
): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'dsync-test', '-f', path]);
}

/** Type and key of a `.pub` file, without its comment. */
export function publicLine(path: string): string {
  return readFileSync(path, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Whether sshd's greeting came before it ended. */
async function greets(port: number, isOver: () => boolean): Promise<boolean> {
  const until = Date.now() + 20_000;
  while (!isOver() && Date.now() < until) {
    if (
      await new Promise<boolean>((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', timeout: 5_000 });
        const finish = (seen: boolean): void => {
          socket.destroy();
          resolve(seen);
        };
        socket.once('data', (bytes) => finish(bytes.toString('latin1').startsWith('SSH-')));
        socket
          .once('error', () => finish(false))
          .once('close', () => finish(false))
          .once('timeout', () => finish(false));
      })
    ) {
      // A stranger on this port may have greeted, while ours could not bind.
      return !isOver();
    }
    await delay(20);
  }
  return false;
}

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function allProcesses(): ProcessLine[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .flatMap((line): ProcessLine[] => {
      const [, own, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return own && parent ? [{ pid: Number(own), parent: Number(parent), command: command ?? '' }] : [];
    });
}

function descendants(pid: number): ProcessLine[] {
  const all = allProcesses();
  const found: ProcessLine[] = [];
  const below = (parent: number): void => {
    for (const line of all) {
      if (line.parent !== parent || line.pid === parent) continue;
      found.push(line);
      below(line.pid);
    }
  };
  below(pid);
  return found;
}

function killPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended already.
  }
}

function findProgram(name: string, more: readonly string[] = []): string {
  for (const folder of [...more, ...(process.env.PATH ?? '').split(delimiter)]) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`There is no ${name} on this machine`);
}

let version: number | undefined;

function clientVersion(): number {
  if (version === undefined) {
    const { stderr } = spawnSync('ssh', ['-V'], { encoding: 'utf8' });
    version = Number(/OpenSSH_(\d+\.\d+)/.exec(stderr)?.[1] ?? 0);
  }
  return version;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
