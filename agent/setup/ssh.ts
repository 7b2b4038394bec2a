/**
 * The user's own ssh: a key where there is none, the key on another host, and connections that are shared.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AbsPath, childPath, tildePath } from '../../platform/abs-path.ts';
import { capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';
import { type Change, createStep, type Step } from './change.ts';
import type { Ledger } from './ledger.ts';
import { planTextEdit } from './text-file.ts';

export interface SshContext {
  readonly ledger: Ledger;
  readonly userHome: AbsPath;
  readonly signal: AbortSignal;
}

const HEAD = '# Written by dsync setup; dsync setup --uninstall takes it away.\n';
const INCLUDE = 'Include ~/.ssh/dsync.conf';

/** An Ed25519 key unless there is a key of any kind. It stays when dsync goes: it is the user's. */
export function planKey({ userHome, ledger, signal }: SshContext): Step {
  const folder = childPath(userHome, '.ssh');
  const keys = publicKeys(userHome);
  if (keys[0] !== undefined) return createStep('key', { right: [`there is a key: ${tildePath(keys[0])}`] });
  const path = childPath(folder, 'id_ed25519');
  const change: Change = {
    what: `make the key ${tildePath(path)} (Ed25519, without a passphrase)`,
    async apply() {
      ledger.makeFolder(folder, { mode: 0o700 });
      const { code, stderr } = await capture('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path], { signal });
      if (code !== 0) throw new DsyncError('COMMAND_FAILED', `ssh-keygen ended with ${code}: ${stderr.trim()}`);
      return undefined;
    },
    undo: () => {
      for (const one of [path, `${path}.pub`]) rmSync(one, { force: true });
    },
  };
  return createStep('key', { changes: [change] });
}

/** `ssh-copy-id`, in this terminal: it asks for the other host's password. */
export function copyKeyChange(destination: string, { userHome }: Pick<SshContext, 'userHome'>): Change {
  return {
    what: `copy your key over: ssh-copy-id ${destination}`,
    apply: () =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void =>
          reject(
            new DsyncError('COMMAND_FAILED', `ssh-copy-id ${destination}: ${why}`, { cure: 'See what it printed.' }),
          );
        const [key] = publicKeys(userHome);
        if (key === undefined) return fail('there is no public key to copy');
        const child = spawn('ssh-copy-id', ['-i', key, destination], { stdio: ['inherit', process.stderr, 'inherit'] });
        child.once('error', (error) => fail(error.message));
        child.once('close', (code) => (code === 0 ? resolve(undefined) : fail(`it ended with ${code}`)));
      }),
  };
}

/**
 * One connection for all of the user's ssh to these hosts: a file of its own, and one Include line on top of the
 * configuration, since after a `Host` line it would belong to that host alone.
 *
 * @throws {DsyncError} BAD_INPUT a file cannot be changed
 */
export function planSharing(destinations: readonly string[], { userHome, ledger }: SshContext): Step {
  const own = childPath(userHome, '.ssh/dsync.conf');
  const config = childPath(userHome, '.ssh/config');
  const cure = 'Leave it out: dsync setup without --ssh-sharing';
  const changes = [
    planTextEdit({
      path: own,
      what: `share connections to ${destinations.join(', ')}: write ${tildePath(own)}`,
      edit: (text) => sharingBlock([...new Set([...sharedIn(text), ...destinations])].sort()),
      ledger,
      mode: 0o600,
      cure,
    }),
    planTextEdit({
      path: config,
      what: `put one Include line on top of ${tildePath(config)}`,
      edit: (text = '') => (text.split('\n').includes(INCLUDE) ? text : `${INCLUDE}\n${text}`),
      ledger,
      mode: 0o600,
      cure,
    }),
  ].filter((change) => change !== undefined);
  return createStep('sharing', { changes, right: changes.length === 0 ? ['connections are shared'] : [] });
}

export function planSshRemoval({ userHome, ledger }: SshContext): Step {
  const own = childPath(userHome, '.ssh/dsync.conf');
  const config = childPath(userHome, '.ssh/config');
  const changes = [
    planTextEdit({
      path: config,
      what: `take the Include line out of ${tildePath(config)}`,
      edit: (text) =>
        text
          ?.split('\n')
          .filter((line) => line !== INCLUDE)
          .join('\n'),
      ledger,
      cure: `Take the line “${INCLUDE}” out by hand.`,
    }),
    existsSync(own)
      ? planTextEdit({
          path: own,
          what: `remove ${tildePath(own)}`,
          edit: () => undefined,
          ledger,
          cure: `Remove it by hand: rm ${own}`,
        })
      : undefined,
  ].filter((change) => change !== undefined);
  return createStep('sharing', { changes });
}

/** Pure. Source: ssh_config(5). */
export function sharingBlock(destinations: readonly string[]): string {
  return `${HEAD}Host ${destinations.join(' ')}
  ControlMaster auto
  ControlPath ~/.ssh/dsync-%C
  ControlPersist 10m
`;
}

function sharedIn(text: string | undefined): string[] {
  return (/^Host (.+)$/m.exec(text ?? '')?.[1] ?? '').split(' ').filter((word) => word !== '');
}

function publicKeys(userHome: AbsPath): AbsPath[] {
  const folder = childPath(userHome, '.ssh');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^id_[a-z0-9_-]+\.pub$/.test(name));
  // The newest kind first, as OpenSSH would have it.
  names.sort((a, b) => Number(b.includes('ed25519')) - Number(a.includes('ed25519')));
  return names
    .map((name) => childPath(folder, name))
    .filter((path) => readFileSync(path, 'utf8').trim() !== '' && existsSync(path.slice(0, -4)));
}
