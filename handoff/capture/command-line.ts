/**
 * The line that starts a command again, out of what is known of it. Pure.
 *
 * @module
 */

import { quoteWord, quoteWords } from '../../platform/quote-words.ts';
import { parseWords } from '../../platform/shell-words.ts';
import { programName, withoutWrappers } from './kind.ts';
import { type PackageScript, scriptLine } from './package-script.ts';
import type { TypedLine } from './typed-lines.ts';

export interface Known {
  readonly typed: TypedLine | undefined;
  readonly script: PackageScript | undefined;
  /** Of each part of a pipe. */
  readonly parts: readonly { readonly argv: readonly string[]; readonly trusted: boolean }[];
  /** Where it was started. */
  readonly cwd: string;
  /** Folders of programs. */
  readonly path: readonly string[];
  /** Whether a program of this name can be started. */
  readonly isProgram: (name: string) => boolean;
}

export interface CommandLine {
  readonly line: string;
  /** Where the line is to be given. */
  readonly cwd: string;
  readonly via: 'typed' | 'script' | 'argv' | 'title';
}

/** What was typed says it best; then the package script; then the arguments, where the program left them as they were. */
export function commandLine({ typed, script, parts, cwd, path, isProgram }: Known): CommandLine {
  const [first = { argv: [], trusted: false }] = parts;
  if (typed !== undefined && isNoAlias(typed.line, first.argv, isProgram))
    return { line: typed.line, cwd: typed.cwd, via: 'typed' };
  if (script !== undefined) return { line: scriptLine(script, cwd), cwd, via: 'script' };
  const words = parts.map(({ argv, trusted }) => (trusted ? argvLine(argv, path, isProgram) : (argv[0] ?? '')));
  return { line: words.join(' | '), cwd, via: parts.every(({ trusted }) => trusted) ? 'argv' : 'title' };
}

/** Words for a shell, the program by its name where that is how it is found. */
export function argvLine(
  argv: readonly string[],
  path: readonly string[],
  isProgram: (name: string) => boolean,
): string {
  const [name = '', script, ...rest] = argv;
  const own = programName(name);
  // A script that lies where programs do was called by its own name: its first line brought the interpreter in.
  const isByShebang = script?.startsWith('/') && path.some((folder) => script === `${folder}/${programName(script)}`);
  if (isByShebang && script !== undefined && isInterpreter(own)) return quoteWords([programName(script), ...rest]);
  const program = isByPath(name, isProgram) ? name : own;
  return [quoteWord(program), ...argv.slice(1).map(quoteWord)].join(' ');
}

/** A path of its own, unlike one that only this host's package manager or a mount gave it. */
function isByPath(name: string, isProgram: (name: string) => boolean): boolean {
  if (!name.includes('/') || /\/nix\/store\/|\/\.mount_|\/shims\/|\/Cellar\//.test(name)) return false;
  return !name.startsWith('/') || !isProgram(programName(name));
}

function isInterpreter(name: string): boolean {
  return /^(?:python[\d.]*|node|ruby|perl|bash|sh|zsh|php|lua[\d.]*|env)$/.test(name);
}

/** Its first word is a program, or what really runs: an alias or a function may not be there on another host. */
function isNoAlias(line: string, argv: readonly string[], isProgram: (name: string) => boolean): boolean {
  const words = parseWords(line.split('\n')[0] ?? '');
  const first = words.kind === 'words' ? withoutWrappers(words.words)[0] : undefined;
  if (first === undefined) return true;
  if (/^(?:cd|pushd|source|\.|exec|command|time|for|while|until|if|case|set|export|\(|\{|!|\[)/.test(first))
    return true;
  return (
    programName(first) === programName(argv[0] ?? '') || isProgram(first.replace(/[;&|].*$/, '')) || first.includes('/')
  );
}
