/**
 * Shell integration: one line in the rc file that sources aliases.sh; fish reads a file of its own.
 *
 * @module
 */
import { basename } from 'node:path';
import { type AbsPath, absPath, childPath, tildePath } from '../../platform/abs-path.ts';
import { createStep, type Step } from './change.ts';
import { SHELLS, type Shell } from './choices.ts';
import type { Ledger } from './ledger.ts';
import { MARK, withMarkedLine, withoutMarkedLine } from './marked-line.ts';
import type { Place } from './place.ts';
import { planTextEdit } from './text-file.ts';

export interface ShellContext {
  readonly ledger: Ledger;
  readonly userHome: AbsPath;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

/** The shell of a login, undefined where dsync has nothing for it. */
export function shellOf(path: string | undefined): Shell | undefined {
  const name = basename(path ?? '');
  if (name === 'dash' || name === 'ash') return 'sh';
  return SHELLS.find((shell) => shell === name);
}

/** Files that a shell reads as it starts, which get the line. */
export function rcFiles(shell: Shell, { userHome, env, platform }: Omit<ShellContext, 'ledger'>): AbsPath[] {
  const inHome = (name: string): AbsPath => childPath(userHome, name);
  switch (shell) {
    case 'bash':
      // A terminal on macOS starts a login shell, which reads the profile alone.
      return platform === 'darwin' ? [inHome('.bashrc'), inHome('.bash_profile')] : [inHome('.bashrc')];
    case 'zsh':
      return [childPath(absPath(env.ZDOTDIR || userHome), '.zshrc')];
    case 'fish':
      return [childPath(absPath(env.XDG_CONFIG_HOME || inHome('.config')), 'fish/conf.d/dsync.fish')];
    case 'sh':
      return [inHome('.profile')];
  }
}

/** The line for a shell; `prompt`: with the segment in the prompt. Pure. */
export function rcLine(shell: Shell, folder: string, { prompt }: { readonly prompt: boolean }): string {
  if (shell === 'fish') {
    const quoted = `'${folder.replace(/[\\']/g, '\\$&')}'`;
    const segment = prompt ? ' set -g DSYNC_PROMPT on;' : '';
    return `set -g DSYNC_ROOT ${quoted};${segment} test -r "$DSYNC_ROOT/aliases.fish"; and source "$DSYNC_ROOT/aliases.fish" ${MARK}`;
  }
  const quoted = `'${folder.replaceAll("'", "'\\''")}'`;
  const segment = prompt ? ' DSYNC_PROMPT=on;' : '';
  return `DSYNC_ROOT=${quoted};${segment} [ ! -r "$DSYNC_ROOT/aliases.sh" ] || . "$DSYNC_ROOT/aliases.sh" ${MARK}`;
}

/** @throws {DsyncError} BAD_INPUT a file cannot be changed */
export function planShell(
  shell: Shell,
  { place, prompt, ...context }: ShellContext & { readonly place: Place; readonly prompt: boolean },
): Step {
  const line = rcLine(shell, place.folder, { prompt });
  const edits = rcFiles(shell, context).map((path) => ({
    path,
    change: planTextEdit({
      path,
      what: shell === 'fish' ? `write ${tildePath(path)}` : `add one line to ${tildePath(path)}`,
      edit: (text) => withMarkedLine(text, line),
      ledger: context.ledger,
      cure: `Add this line yourself where ${shell} reads it, and leave it out here with --shell none:\n  ${line}`,
    }),
  }));
  return createStep('shell', {
    changes: edits.flatMap(({ change }) => change ?? []),
    right: edits
      .filter(({ change }) => change === undefined)
      .map(({ path }) => `${tildePath(path)} sources the aliases`),
  });
}

/** Takes the line out of every file that may have it, whatever the shell is today. */
export function planShellRemoval({ ledger, ...context }: ShellContext): Step {
  const everywhere = SHELLS.flatMap((shell) => rcFiles(shell, { ...context, platform: 'darwin' }));
  const changes = everywhere.flatMap((path) => {
    const change = planTextEdit({
      path,
      what: path.endsWith('.fish') ? `remove ${tildePath(path)}` : `take the line of dsync out of ${tildePath(path)}`,
      edit: (text) => {
        const rest = withoutMarkedLine(text);
        return path.endsWith('.fish') && rest === '' ? undefined : rest;
      },
      ledger,
      cure: `Take the line that ends with “${MARK}” out by hand.`,
    });
    return change ?? [];
  });
  return createStep('shell', { changes });
}
