/**
 * What has the terminal of a pane: the prompt of its shell, or which processes.
 *
 * @module
 */
import { basename } from 'node:path';
import type { Process, ProcessTable } from './process-table.ts';

export type Foreground =
  /** The shell waits at its prompt. */
  | { readonly kind: 'prompt'; readonly shell: Process }
  | {
      readonly kind: 'command';
      readonly leader: Process;
      /** The parts of a pipe, the leader first; it alone where there is none. */
      readonly parts: readonly Process[];
      /** Where the command was typed; undefined where the pane was started with it. */
      readonly shell: Process | undefined;
    }
  | { readonly kind: 'nothing' };

const SHELLS = new Set([
  'bash',
  'zsh',
  'fish',
  'sh',
  'dash',
  'ksh',
  'mksh',
  'ash',
  'tcsh',
  'csh',
  'nu',
  'elvish',
  'xonsh',
]);

/** `-bash` is a login shell's way to say its name. */
export function isShellName(name: string): boolean {
  return SHELLS.has(basename(name).replace(/^-/, ''));
}

/** A shell that waits for commands, and not one that runs a script or `-c`. */
export function isPromptShell({ argv }: { readonly argv: readonly string[] }): boolean {
  const [name = '', ...args] = argv;
  if (!isShellName(name)) return false;
  const valued = new Set(['--rcfile', '--init-file', '-o', '+o', '-O', '+O', '-C', '--init-command']);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (/^-[a-zA-Z]*c/.test(arg)) return false;
    if (valued.has(arg)) i++;
    else if (!/^[-+]/.test(arg)) return false;
  }
  return true;
}

/** @param pid of the process that the pane was started with */
export function foregroundOf(table: ProcessTable, pid: number): Foreground {
  const first = table.byPid.get(pid);
  if (first === undefined) return { kind: 'nothing' };
  const group = [...table.byPid.values()].filter((one) => one.group === first.foreground && !one.isZombie);
  const leader = table.byPid.get(first.foreground) ?? group.sort((a, b) => a.pid - b.pid)[0] ?? first;
  if (leader.isZombie && group.length === 0) return { kind: 'nothing' };
  const isAtPrompt = isPromptShell(table.argvOf(leader.pid)) && leader.group === leader.pid;
  if (isAtPrompt && leader.pid === first.pid) return { kind: 'prompt', shell: leader };
  const shell = promptShellAbove(table, leader);
  const inner = insideSubshell(table, leader);
  if (inner.pid !== leader.pid) return { kind: 'command', leader: inner, parts: [inner], shell };
  const parts = group
    .filter((one) => one.pid === leader.pid || (one.parent === leader.parent && shell !== undefined))
    .sort((a, b) => Number(b.pid === leader.pid) - Number(a.pid === leader.pid) || a.pid - b.pid);
  return { kind: 'command', leader, parts: parts.length === 0 ? [leader] : parts, shell };
}

/** A shell that works off parentheses has the arguments of the one that it came from, and its children are in its group. */
function insideSubshell(table: ProcessTable, leader: Process): Process {
  if (!isPromptShell(table.argvOf(leader.pid))) return leader;
  const child = table.childrenOf(leader.pid).find((one) => one.group === leader.group && !one.isZombie);
  return child === undefined ? leader : insideSubshell(table, child);
}

function promptShellAbove(table: ProcessTable, { parent, pid }: Process): Process | undefined {
  const above = table.byPid.get(parent);
  if (above === undefined || above.pid === pid) return undefined;
  return isPromptShell(table.argvOf(above.pid)) ? above : promptShellAbove(table, above);
}
