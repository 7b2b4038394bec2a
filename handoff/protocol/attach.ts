/**
 * How a terminal gets to a session: which program, with which arguments. Pure, apart from what runs it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';
import { quoteWord, quoteWords } from '../../platform/quote-words.ts';

export type AttachBy = 'ssh' | 'mosh' | 'et';

export interface Place {
  /** As tmux calls it; null: there is no tmux, and a shell is opened in `folder`. */
  readonly session: string | null;
  /** Of the tmux server; empty for the usual one. */
  readonly socket: string;
  readonly folder: string;
}

export interface RemotePlace extends Place {
  readonly destination: string;
  /** Ports that are the same here and there. */
  readonly ports: readonly number[];
  /** What makes ssh use a connection that stands. */
  readonly sharing: readonly string[];
}

/** Where tmux may lie when no start-up file has been read. */
const PLACES = '/opt/homebrew/bin:/usr/local/bin:/home/linuxbrew/.linuxbrew/bin:/opt/local/bin';

/** @throws {DsyncError} UNSUPPORTED a destination that only ssh understands */
export function attachArgv(by: AttachBy, place: RemotePlace): string[] {
  const { destination, ports, sharing } = place;
  const script = attachScript(place);
  switch (by) {
    case 'ssh': {
      const forwards = ports.flatMap((port) => ['-L', `127.0.0.1:${port}:localhost:${port}`]);
      return ['ssh', '-t', ...sharing, ...forwards, '--', destination, script];
    }
    case 'mosh':
      return ['mosh', '--', plainDestination(by, destination), 'sh', '-c', script];
    case 'et': {
      const forwards = ports.length === 0 ? [] : ['-t', ports.map((port) => `${port}:${port}`).join(',')];
      return ['et', plainDestination(by, destination), ...forwards, '-c', script];
    }
  }
}

/** For a POSIX shell there. */
function attachScript({ session, socket, folder }: Place): string {
  if (session === null) return `cd ${quoteWord(folder)} && exec "\${SHELL:-/bin/sh}" -l`;
  return `PATH=$PATH:${PLACES}; exec ${quoteWords(localAttachArgv({ session, socket, folder }))}`;
}

export function localAttachArgv({ session, socket }: Place): string[] {
  const server = socket === '' ? [] : ['-S', socket];
  return ['tmux', ...server, 'attach-session', '-t', `=${session ?? ''}`];
}

function plainDestination(by: AttachBy, destination: string): string {
  if (!destination.startsWith('ssh://')) return destination;
  throw new DsyncError('UNSUPPORTED', `${by} cannot connect to ${destination}`, {
    cure: 'Give the host an alias in ~/.ssh/config and add it by that, or attach by ssh.',
  });
}

/**
 * In this terminal. Inside tmux the terminal leaves that tmux first, since one tmux in another is no place to work.
 *
 * @returns the exit code
 */
export async function runInTerminal(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  if (env.TMUX !== undefined && env.TMUX !== '') {
    const [socket = ''] = env.TMUX.split(',');
    const { code, stderr } = await capture('tmux', [
      '-S',
      socket,
      'detach-client',
      '-E',
      `exec env -u TMUX -u TMUX_PANE ${quoteWords(argv)}`,
    ]);
    if (code === 0) return 0;
    throw new DsyncError('COMMAND_FAILED', `This terminal could not leave its tmux: ${stderr.trim()}`, {
      cure: `Detach from tmux, then: ${quoteWords(argv)}`,
    });
  }
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit' });
  const failed = once(child, 'error').then(([error]) => {
    throw new DsyncError('COMMAND_FAILED', `${program} could not be started: ${String(error)}`);
  });
  const closed = once(child, 'close').then(([code]: unknown[]) => (typeof code === 'number' ? code : 1));
  failed.catch(() => {});
  return Promise.race([closed, failed]);
}
