/**
 * Completion scripts for shells, out of the one table of commands.
 *
 * @module
 */
import type { Command } from 'commander';
import type { Cli, ExitCode } from './cli.ts';
import { DsyncError } from './failure.ts';

export interface CompletionOptions {
  readonly program: string;
  /** A shell command that prints, one a line, what an argument may be besides a subcommand; files where absent. */
  readonly argumentsFrom?: string;
}

export async function completion(
  cli: Cli,
  shell: string,
  program: Command,
  options: Omit<CompletionOptions, 'program'> = {},
): Promise<ExitCode> {
  cli.print(completionScript(shell, listCommands(program), { ...options, program: program.name() }));
  return 0;
}

export interface Entry {
  /** Words after the program's name; empty for the program itself. */
  readonly words: readonly string[];
  readonly description: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly long: string; readonly description: string }[];
}

/** The command and all below it. Pure. */
export function listCommands(command: Command, words: readonly string[] = []): Entry[] {
  const commands = command.commands.map((one) => ({ name: one.name(), description: one.description() }));
  const options = [
    ...command.options.map(({ long, description }) => ({ long, description })),
    { long: '--help', description: 'print help' },
  ];
  const known = options.flatMap(({ long, description }) => (long ? [{ long, description }] : []));
  const own: Entry = { words, description: command.description(), commands, options: known };
  return [own, ...command.commands.flatMap((one) => listCommands(one, [...words, one.name()]))];
}

/** Pure. @throws {DsyncError} UNSUPPORTED a shell other than bash, zsh and fish */
export function completionScript(shell: string, entries: readonly Entry[], options: CompletionOptions): string {
  switch (shell) {
    case 'bash':
      return bashScript(entries, options);
    case 'zsh':
      return `autoload -Uz bashcompinit && bashcompinit\n${bashScript(entries, options)}`;
    case 'fish':
      return fishScript(entries, options);
    default:
      throw new DsyncError('UNSUPPORTED', `There is no completion for ${shell}`, { cure: 'Choose bash, zsh or fish.' });
  }
}

function bashScript(entries: readonly Entry[], { program, argumentsFrom }: CompletionOptions): string {
  const cases = entries.map(({ words, commands, options }) => {
    const names = commands.map(({ name }) => name);
    const flags = options.map(({ long }) => long);
    return `    '${words.join(' ')}') names='${names.join(' ')}' flags='${flags.join(' ')}' ;;`;
  });
  const groups = entries
    .filter(({ words, commands }) => words.length > 0 && commands.length > 0)
    .map(({ words }) => words.join(' '));
  const names = groups.map((group) => `'${group}'`).join('|');
  // Without groups there is no such case; an empty pattern is none.
  const inGroup = names === '' ? '' : `      ${names}) command="$command \${COMP_WORDS[at]}"; break ;;\n`;
  const listed = argumentsFrom === undefined ? '' : `$(${argumentsFrom} 2>/dev/null)`;
  const files =
    listed === '' ? 'COMPREPLY=($(compgen -f -- "$current"))' : `COMPREPLY=($(compgen -W "${listed}" -- "$current"))`;
  return `_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at names='' flags='' command=''
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in -*) continue ;; esac
    case "$command" in
      '') command="\${COMP_WORDS[at]}" ;;
${inGroup}      *) break ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) if [ -n "$names" ]; then COMPREPLY=($(compgen -W "$names ${listed}" -- "$current")); else ${files}; fi ;;
  esac
}
complete -o filenames -F _${program} ${program}`;
}

function fishScript(entries: readonly Entry[], { program, argumentsFrom }: CompletionOptions): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const listed = argumentsFrom === undefined ? [] : [`complete -c ${program} -f -a ${quote(`(${argumentsFrom})`)}`];
  return entries
    .flatMap(({ words, commands, options }) => {
      const [first, second] = words;
      const names = commands.map(({ name }) => name).join(' ');
      const inFirst = first === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`;
      const inSecond = second === undefined ? inFirst : `${inFirst}; and __fish_seen_subcommand_from ${second}`;
      const beforeName =
        first === undefined || names === '' ? inSecond : `${inSecond}; and not __fish_seen_subcommand_from ${names}`;
      return [
        ...commands.map(
          ({ name, description }) =>
            `complete -c ${program} -n ${quote(beforeName)} -f -a ${name} -d ${quote(description)}`,
        ),
        ...options.map(
          ({ long, description }) =>
            `complete -c ${program} -n ${quote(inSecond)} -l ${long.slice(2)} -d ${quote(description)}`,
        ),
      ];
    })
    .concat(listed)
    .join('\n');
}
