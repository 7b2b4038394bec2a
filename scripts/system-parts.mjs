/**
 * The programs that the tests run against: a real rsync, sshd, tmux and git, shells and an editor.
 *
 * @module
 */
import { accessSync, constants } from 'node:fs';
import { run, say } from './run.mjs';

const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];

/** `package`: its name by package manager, where it differs from the program's. */
const PARTS = [
  { program: 'rsync', why: 'moves large files' },
  {
    program: 'sshd',
    why: 'the tests connect to it on the loopback',
    package: { other: 'openssh-server', pacman: 'openssh' },
  },
  {
    program: 'ssh',
    why: 'resolves ~/.ssh/config',
    package: { apt: 'openssh-client', apk: 'openssh-client', dnf: 'openssh-clients', other: 'openssh' },
  },
  { program: 'tmux', why: 'holds the terminal sessions that are handed off' },
  { program: 'git', why: 'carries repositories across' },
  { program: 'zsh', why: 'sessions of it are handed off, and the aliases sourced in it' },
  { program: 'fish', why: 'the same' },
  { program: 'vim', why: 'its open files and unsaved changes are found' },
  { program: 'shellcheck', why: 'checks the aliases', package: { dnf: 'ShellCheck' } },
];

const MANAGERS = [
  {
    name: 'apt',
    program: 'apt-get',
    prepare: ['update', '-q'],
    install: ['install', '-y', '-q', '--no-install-recommends'],
  },
  { name: 'dnf', program: 'dnf', install: ['install', '-y', '-q'] },
  { name: 'pacman', program: 'pacman', install: ['-Sy', '--noconfirm', '--needed'] },
  { name: 'apk', program: 'apk', install: ['add', '--no-cache'] },
  { name: 'brew', program: 'brew', install: ['install'], asUser: true },
];

/** Installs what is missing. Says so and goes on where that cannot be done: the tests that need it will tell. */
export async function installSystemParts() {
  const missing = PARTS.filter((part) => !isInstalled(part.program));
  if (missing.length === 0) return;
  for (const { program, why } of missing) say(`${program} is missing (${why})`);
  const manager = MANAGERS.find(({ program }) => isInstalled(program));
  if (manager === undefined) return say('no package manager known here; install them by hand and run again');
  const packages = [...new Set(missing.map((part) => packageName(part, manager.name)))];
  const asRoot =
    manager.asUser === true || process.getuid?.() === 0 ? [] : ['sudo', ...(process.stdin.isTTY ? [] : ['-n'])];
  for (const args of [manager.prepare, [...manager.install, ...packages]]) {
    if (args === undefined) continue;
    const [command, ...rest] = [...asRoot, manager.program, ...args];
    say(`running: ${[command, ...rest].join(' ')}`);
    const code = await run(command, rest, {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      stdin: process.stdin.isTTY ? 'inherit' : 'ignore',
    });
    if (code !== 0) say(`that failed (exit code ${code})`);
  }
}

function packageName(part, manager) {
  return part.package?.[manager] ?? part.package?.other ?? part.program;
}

function isInstalled(program) {
  return FOLDERS.some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
