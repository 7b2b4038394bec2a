import { type Captured, capture } from '../../platform/capture.ts';
import { VERSION } from '../../platform/version.ts';
import { formatRsync, LEAST_RSYNC, parseRsyncVersion } from '../transfer/rsync-flavour.ts';
import type { Check, Notes } from './check.ts';
import type { FindingCode } from './findings.ts';
import { isOlder, LEAST, parseProgramVersion } from './programs.ts';

/** What the other programs print of themselves, here or on another host; undefined where there is no such program. */
export interface ProgramTexts {
  readonly rsync: string | undefined;
  readonly tmux: string | undefined;
  readonly git: string | undefined;
}

export function checkPrograms(): Check {
  return {
    name: 'programs',
    deadlineMs: 5000,
    async run(notes, signal) {
      notes.detail(`dsync ${VERSION}`);
      notes.detail(`node ${process.versions.node}`);
      if (isOlder(process.versions.node, LEAST.node)) {
        notes.finding('NODE_OLD', `Node.js is ${process.versions.node}`);
      }
      // One that hangs must not hold up what is known of the others.
      const ask = async (program: string, ...args: string[]): Promise<string | undefined> =>
        said(await capture(program, args, { signal, killSignal: 'SIGKILL' }));
      await settle([
        ask('ssh', '-V').then((text) => {
          if (text === undefined) notes.finding('SSH_MISSING', 'There is no ssh on the PATH');
          else notes.detail(text.split(/[,\n]/)[0] ?? '');
        }),
        ask('rsync', '--version').then((text) => judgeRsync(notes, text)),
        ask('tmux', '-V').then((text) => judge(notes, 'tmux', text, ['TMUX_MISSING', 'TMUX_OLD'])),
        ask('git', '--version').then((text) => judge(notes, 'git', text, ['GIT_MISSING', 'GIT_OLD'])),
      ]);
    },
  };
}

/** The same for what a host's programs printed. */
export function judgePrograms(notes: Notes, texts: ProgramTexts, host: string): void {
  judgeRsync(notes, texts.rsync, host);
  judge(notes, 'tmux', texts.tmux, ['TMUX_MISSING', 'TMUX_OLD'], host);
  judge(notes, 'git', texts.git, ['GIT_MISSING', 'GIT_OLD'], host);
}

function judgeRsync(notes: Notes, text: string | undefined, host?: string): void {
  const found = host === undefined ? {} : { host };
  if (text === undefined) {
    notes.finding('RSYNC_MISSING', 'There is no rsync', found);
    return;
  }
  const flavour = parseRsyncVersion(text);
  const line = text.split('\n')[0] ?? '';
  if (host === undefined) notes.detail(flavour === undefined ? `rsync: ${line}` : formatRsync(flavour));
  if (flavour?.kind === 'openrsync') {
    notes.finding('RSYNC_OPENRSYNC', 'rsync is openrsync', found);
    return;
  }
  // What looking around on another host tells is the bare version.
  const version = flavour?.version ?? parseProgramVersion(line);
  if (version === undefined) notes.finding('RSYNC_OLD', `rsync does not tell its version: ${line}`, found);
  else if (isOlder(version, LEAST_RSYNC)) notes.finding('RSYNC_OLD', `rsync is of version ${version}`, found);
}

function judge(
  notes: Notes,
  program: 'tmux' | 'git',
  text: string | undefined,
  [missing, old]: readonly [FindingCode, FindingCode],
  host?: string,
): void {
  const found = host === undefined ? {} : { host };
  if (text === undefined) {
    notes.finding(missing, `There is no ${program}`, found);
    return;
  }
  const version = parseProgramVersion(text);
  if (host === undefined) notes.detail(`${program} ${version ?? text}`);
  if (version !== undefined && isOlder(version, LEAST[program]))
    notes.finding(old, `${program} is of version ${version}`, found);
}

function said({ code, stdout, stderr }: Captured): string | undefined {
  return code === 127 ? undefined : (stdout || stderr).trim();
}

/** Waits for all of them; the first failure is thrown at the end. */
export async function settle(work: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(work)) if (one.status === 'rejected') throw one.reason;
}
