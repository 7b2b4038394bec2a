/**
 * Programs of the system that dsync works with, and how to get those that are missing.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { DsyncError } from '../../platform/failure.ts';
import { type Change, createStep, type Step } from './change.ts';
import { whichAll } from './path-links.ts';

interface Part {
  readonly program: string;
  readonly why: string;
  /** Its package where that is called otherwise, by package manager. */
  readonly package?: Readonly<Record<string, string>>;
}

const PARTS: readonly Part[] = [
  {
    program: 'ssh',
    why: 'links to other hosts',
    package: { apt: 'openssh-client', dnf: 'openssh-clients', pacman: 'openssh', brew: 'openssh' },
  },
  { program: 'rsync', why: 'moves large files' },
  { program: 'tmux', why: 'holds the terminal sessions that are handed over' },
  { program: 'git', why: 'carries repositories' },
];

interface Manager {
  readonly name: string;
  readonly program: string;
  readonly install: readonly string[];
  /** Homebrew refuses to run as root. */
  readonly asUser?: true;
}

const MANAGERS: readonly Manager[] = [
  { name: 'apt', program: 'apt-get', install: ['install', '-y', '--no-install-recommends'] },
  { name: 'dnf', program: 'dnf', install: ['install', '-y'] },
  { name: 'pacman', program: 'pacman', install: ['-S', '--noconfirm', '--needed'] },
  { name: 'brew', program: 'brew', install: ['install'], asUser: true },
];

export interface Missing {
  readonly step: Step;
  /** The command that installs what is missing; absent where nothing is, or no package manager is known. */
  readonly command?: readonly string[];
}

/** @param install plans to run the command; otherwise it is a note */
export function planMissing({
  path,
  install,
  isRoot = process.getuid?.() === 0,
}: {
  readonly path: string;
  readonly install: boolean;
  readonly isRoot?: boolean;
}): Missing {
  const missing = PARTS.filter(({ program }) => whichAll(program, path).length === 0);
  const right = [
    `Node.js ${process.versions.node} is there`,
    ...PARTS.filter((part) => !missing.includes(part)).map(({ program }) => `${program} is there`),
  ];
  if (missing.length === 0) return { step: createStep('system', { right }) };
  const manager = MANAGERS.find(({ program }) => whichAll(program, path).length > 0);
  const notes = missing.map(({ program, why }) => `${program} is missing: it ${why}`);
  if (manager === undefined) {
    const byHand = 'no package manager known here (apt, dnf, pacman, brew): install them by hand';
    return { step: createStep('system', { right, notes: [...notes, byHand] }) };
  }
  const packages = missing.map((part) => part.package?.[manager.name] ?? part.program);
  const command = [...(isRoot || manager.asUser ? [] : ['sudo']), manager.program, ...manager.install, ...packages];
  if (!install) {
    const step = createStep('system', {
      right,
      notes: [...notes, `install with: ${command.join(' ')}, or --install-missing`],
    });
    return { step, command };
  }
  return { step: createStep('system', { right, notes, changes: [installChange(command)] }), command };
}

function installChange(command: readonly string[]): Change {
  const line = command.join(' ');
  return {
    what: `run: ${line}`,
    apply: () =>
      new Promise((resolve, reject) => {
        const [program = '', ...args] = command;
        // Its output and sudo's question are the person's to see; stdout stays for what setup prints.
        const child = spawn(program, args, {
          stdio: ['inherit', process.stderr, 'inherit'],
          env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        });
        const fail = (why: string): void =>
          reject(
            new DsyncError('COMMAND_FAILED', `${line}: ${why}`, {
              cure: 'Install them by hand, then run setup again.',
            }),
          );
        child.once('error', (error) => fail(error.message));
        child.once('close', (code) => (code === 0 ? resolve(undefined) : fail(`it ended with ${code}`)));
      }),
  };
}
