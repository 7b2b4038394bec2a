/**
 * How the shell of a pane is started so that it runs one command by itself, once its own start-up files are through:
 * nothing is typed at it, so nothing can be lost, and when the command ends the shell is there. Pure: texts of files.
 *
 * Each pane has a folder of its own: `start` is what tmux runs, `command`, `history` and `scrollback` are what it is
 * given; the shell makes `ready` when it is about to show its first prompt, and `started` when it starts the command.
 *
 * @module
 */
import { basename } from 'node:path';
import { quoteWord } from '../../platform/quote-words.ts';

export interface ShellStart {
  /** Absolute, of the shell. */
  readonly shell: string;
  /** Of the pane's files. */
  readonly folder: string;
  /** Run it, or only put it into the line for a person to press Enter. */
  readonly action: 'run' | 'prefill' | 'none';
  readonly command: string;
  readonly history: readonly string[];
  readonly scrollback: string;
  /** tmux starts login shells unless it is told a command of its own. */
  readonly isLogin: boolean;
}

/** Whether the shell tells when it is ready; of another one that has to be seen from outside. */
export function isHooked(shell: string): boolean {
  return /^(?:bash|zsh|fish)$/.test(basename(shell));
}

/** Whether the shell starts the command, or puts it into its line, by itself; into another it is typed once it is ready. */
export function isSelfStarting(shell: string): boolean {
  return /^(?:bash|zsh)$/.test(basename(shell));
}

/** Texts by name inside the folder. */
export function startFiles(start: ShellStart): Record<string, string> {
  const { history, scrollback, command } = start;
  return {
    start: startScript(start),
    command: command,
    history: history.map((line) => `${line}\0`).join(''),
    scrollback,
    ...shellFiles(start),
  };
}

function startScript({ shell, folder, isLogin, scrollback }: ShellStart): string {
  const at = (name: string): string => quoteWord(`${folder}/${name}`);
  const show = scrollback === '' ? [] : [`cat ${at('scrollback')}`, "printf '\\033[0m\\n'"];
  const login = isLogin ? ' -l' : '';
  const run = quoteWord(shell);
  const lines: Readonly<Record<string, readonly string[]>> = {
    bash: [`exec ${run} --rcfile ${at('bashrc')} -i`],
    zsh: [
      `if [ -n "\${ZDOTDIR+x}" ]; then DSYNC_ZDOTDIR=$ZDOTDIR; export DSYNC_ZDOTDIR; fi`,
      `ZDOTDIR=${at('zsh')} exec ${run}${login} -i`,
    ],
    fish: [`exec ${run}${login} -i -C ${quoteWord(`source ${at('fish')}`)}`],
  };
  return ['#!/bin/sh', ...show, ...(lines[basename(shell)] ?? [`exec ${run}${login}`]), ''].join('\n');
}

function shellFiles(start: ShellStart): Record<string, string> {
  switch (basename(start.shell)) {
    case 'bash':
      return { bashrc: bashrc(start) };
    case 'zsh':
      return zshFiles(start);
    case 'fish':
      return { fish: fishScript(start) };
    default:
      return {};
  }
}

/** A login shell reads no --rcfile, so what a login shell reads is read here. */
function bashrc({ folder, action, isLogin }: ShellStart): string {
  const at = quoteWord(folder);
  const own = isLogin
    ? [
        '[ -r /etc/profile ] && . /etc/profile',
        'for __dsync_file in ~/.bash_profile ~/.bash_login ~/.profile; do',
        '  if [ -r "$__dsync_file" ]; then . "$__dsync_file"; break; fi',
        'done',
      ]
    : ['[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc', '[ -r ~/.bashrc ] && . ~/.bashrc'];
  const run = [
    '  if [ -n "${PS1-}" ] && [ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -ge 44 ]; then printf "%s" "${PS1@P}"; fi',
    '  printf "%s\\n" "$__dsync_line"',
    '  if declare -F __dsync_typed >/dev/null; then __dsync_typed "$__dsync_line"; fi',
    '  builtin history -s -- "$__dsync_line"',
    `  : > ${at}/started`,
    '  eval "$__dsync_line"',
  ];
  return [
    ...own,
    'unset __dsync_file',
    // Last of all, so that what sets up a folder's environment at the prompt has done so.
    '__dsync_once() {',
    '  local __dsync_line __dsync_old',
    '  if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null)" == "declare -a"* ]]; then',
    '    local -a __dsync_kept=()',
    '    for __dsync_old in "${PROMPT_COMMAND[@]}"; do [[ $__dsync_old == __dsync_once ]] || __dsync_kept+=("$__dsync_old"); done',
    '    PROMPT_COMMAND=("${__dsync_kept[@]}")',
    '  else',
    "    PROMPT_COMMAND=${PROMPT_COMMAND%$'\\n'__dsync_once}",
    '    [ "$PROMPT_COMMAND" = __dsync_once ] && unset PROMPT_COMMAND',
    '  fi',
    '  unset -f __dsync_once',
    `  while IFS= read -r -d '' __dsync_old; do builtin history -s -- "$__dsync_old"; done < ${at}/history`,
    `  IFS= read -r -d '' __dsync_line < ${at}/command`,
    `  : > ${at}/ready`,
    ...(action === 'run' ? run : []),
    '}',
    'if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null)" == "declare -a"* ]]; then PROMPT_COMMAND+=(__dsync_once)',
    "else PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\\n'}__dsync_once; fi",
    '',
  ].join('\n');
}

/** zsh looks for its files in ZDOTDIR: each of ours reads the user's, and the last one puts the folder back. */
function zshFiles({ folder, action }: ShellStart): Record<string, string> {
  const at = quoteWord(folder);
  const through = (name: string): string[] => [
    'if [[ -n "${DSYNC_ZDOTDIR+x}" ]]; then ZDOTDIR=$DSYNC_ZDOTDIR; else unset ZDOTDIR; fi',
    `[[ -r "\${ZDOTDIR:-$HOME}/${name}" ]] && source "\${ZDOTDIR:-$HOME}/${name}"`,
    'if [[ -n "${ZDOTDIR+x}" ]]; then export DSYNC_ZDOTDIR=$ZDOTDIR; fi',
  ];
  const again = [`ZDOTDIR=${at}/zsh`, ''];
  const put = action === 'run' ? [`: > ${at}/started`, 'zle .accept-line'] : [];
  return {
    'zsh/.zshenv': [...through('.zshenv'), ...again].join('\n'),
    'zsh/.zprofile': [...through('.zprofile'), ...again].join('\n'),
    'zsh/.zshrc': [
      ...through('.zshrc'),
      'unset DSYNC_ZDOTDIR',
      '__dsync_once() {',
      '  add-zle-hook-widget -d line-init __dsync_once',
      '  local __dsync_old',
      `  while IFS= read -r -d '' __dsync_old; do print -rs -- "$__dsync_old"; done < ${at}/history`,
      `  : > ${at}/ready`,
      ...(action === 'none' ? [] : [`  BUFFER=$(<${at}/command)`, '  CURSOR=$#BUFFER']),
      ...put.map((line) => `  ${line}`),
      '}',
      'autoload -Uz add-zle-hook-widget',
      'add-zle-hook-widget line-init __dsync_once',
      '',
    ].join('\n'),
  };
}

/** fish takes nothing into its line before it reads keys: it only says when it does. */
function fishScript({ folder }: ShellStart): string {
  return [
    'function __dsync_once --on-event fish_prompt',
    '  functions -e __dsync_once',
    `  : > ${quoteWord(folder)}/ready`,
    'end',
    '',
  ].join('\n');
}
