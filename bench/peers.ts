/**
 * The tools that are measured beside dsync, in the same run, over the same sshd: rsync always, the others where they
 * are installed.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST_B, type Pair } from '../test/harness/pair.ts';

export interface Peer {
  readonly name: string;
  /** One run that brings the other root up to date. */
  readonly sync: (from: string, to: string) => Promise<void>;
  /** The same, and what is gone on one side goes on the other. */
  readonly mirror: (from: string, to: string) => Promise<void>;
}

/** Beside an agent's root, a peer syncs folders of its own. */
export function peersOf(pair: Pair): Peer[] {
  const { env } = pair.a;
  const peers: Peer[] = [
    {
      name: 'rsync -a',
      sync: (from, to) => run('rsync', ['-a', `${from}/`, `${HOST_B}:${to}/`], env),
      mirror: (from, to) => run('rsync', ['-a', '--delete', `${from}/`, `${HOST_B}:${to}/`], env),
    },
  ];
  if (isInstalled('unison')) {
    const sync = (from: string, to: string) => runUnison(from, to, env);
    peers.push({ name: 'unison', sync, mirror: sync });
  }
  return peers;
}

export interface LivePeer extends AsyncDisposable {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/**
 * lsyncd on two folders of its own, with no delay; undefined where it is not installed.
 *
 * @param remoteMoves what is moved here is moved there, by a command over ssh
 */
export function startLsyncd(pair: Pair, { remoteMoves = false } = {}): LivePeer | undefined {
  if (!isInstalled('lsyncd')) return undefined;
  const [from, to] = [join(pair.folder, 'lsyncd-from'), join(pair.folder, 'lsyncd-to')];
  for (const folder of [from, to]) mkdirSync(folder);
  const config = join(pair.folder, 'lsyncd.lua');
  writeFileSync(
    config,
    `settings { nodaemon = true, inotifyMode = "CloseWrite or Modify" }
sync { ${remoteMoves ? `default.rsyncssh, host = "${HOST_B}", targetdir = ${JSON.stringify(to)}, ssh = { binary = ${JSON.stringify(join(pair.sshd.sshWrapperDir, 'ssh'))} }` : `default.rsync, target = ${JSON.stringify(`${HOST_B}:${to}`)}`}, source = ${JSON.stringify(from)}, delay = 0 }\n`,
  );
  const child = spawn('lsyncd', ['-log', 'scarce', config], { env: pair.a.env, stdio: 'ignore' });
  return {
    name: remoteMoves ? 'lsyncd, delay 0, moves by ssh' : 'lsyncd, delay 0',
    from,
    to,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await closed;
    },
  };
}

export function versionOf(program: string, args: readonly string[]): string | undefined {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  return status === null ? undefined : `${stdout}${stderr}`.trim().split('\n')[0];
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

function runUnison(from: string, to: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = [from, `ssh://${HOST_B}/${to}`, '-batch', '-auto', '-silent', '-times', '-confirmbigdel=false'];
  return run('unison', args, env);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}: ${said}`)),
    );
  });
}
