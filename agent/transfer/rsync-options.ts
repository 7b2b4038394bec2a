/**
 * Options for rsync that a user adds: passed on, taken over by dsync, or refused. Pure.
 *
 * Taken over is what dsync does its own way (`--delete` asks first; excludes become rules, because rsync filters nothing
 * that it is named); refused is what would go round the preview, or choose other files or another place.
 *
 * @module
 */
import { parseWords } from '../../platform/shell-words.ts';

export interface RsyncOptions {
  /** For rsync, as they are. */
  readonly passed: readonly string[];
  readonly isDelete: boolean;
  readonly isDryRun: boolean;
  /** Lines as of an exclude file: `- *.log`, `+ keep.log`. */
  readonly rules: readonly string[];
  /** Files with such lines, as written. */
  readonly excludeFiles: readonly string[];
  /** Options for ssh, from `-e 'ssh …'`. */
  readonly ssh: readonly string[];
}

export type ParsedRsyncOptions =
  | ({ readonly kind: 'options' } & RsyncOptions)
  | { readonly kind: 'fault'; readonly fault: string };

/** Long options whose value is the next word where no `=` stands. */
const WITH_VALUE = new Set(
  (
    'backup-dir block-size bwlimit checksum-choice checksum-seed chmod chown compare-dest compress-choice ' +
    'compress-level contimeout copy-as copy-dest exclude exclude-from files-from filter groupmap iconv include ' +
    'include-from info debug link-dest log-file log-file-format log-format max-alloc max-delete max-size min-size ' +
    'modify-window only-write-batch out-format outbuf partial-dir password-file port protocol read-batch ' +
    'remote-option rsh rsync-path skip-compress sockopts stderr stop-after stop-at suffix temp-dir timeout usermap ' +
    'write-batch address early-input'
  ).split(' '),
);
const SHORT_WITH_VALUE = 'efBTM@';

/** Output is dsync's matter. */
const SILENT = new Set(
  'verbose quiet progress stats human-readable itemize-changes info no-motd debug outbuf no-verbose no-human-readable 8-bit-output msgs2stderr stderr'.split(
    ' ',
  ),
);
const DELETE = new Set('delete del delete-before delete-during delete-delay delete-after'.split(' '));

const OWN_FILES = 'dsync chooses the files itself; exclude by --exclude, .rsync-exclude or .dsyncignore';
const OWN_BACKUP = 'dsync keeps what it replaces in a dated folder of its own';
const OWN_OUTPUT = 'dsync reads what rsync prints';
const REFUSED: Readonly<Record<string, string>> = {
  'files-from': OWN_FILES,
  from0: OWN_FILES,
  filter: OWN_FILES,
  'include-from': OWN_FILES,
  'cvs-exclude': OWN_FILES,
  'prune-empty-dirs': OWN_FILES,
  'no-relative': OWN_FILES,
  'no-dirs': OWN_FILES,
  'delete-missing-args': OWN_FILES,
  'ignore-missing-args': OWN_FILES,
  'delete-excluded': 'what is excluded is never deleted',
  force: 'what stands in the way is listed and confirmed first',
  'remove-source-files': 'push and pull copy; they never remove what they read',
  'remove-sent-files': 'push and pull copy; they never remove what they read',
  'backup-dir': OWN_BACKUP,
  'no-backup': OWN_BACKUP,
  suffix: OWN_BACKUP,
  'out-format': OWN_OUTPUT,
  'log-format': OWN_OUTPUT,
  'list-only': 'see what would be done with --dry-run',
  server: 'that is how rsync starts itself',
  sender: 'that is how rsync starts itself',
  daemon: 'push and pull go over ssh',
  'remote-option': 'it would go round what dsync checks',
  'copy-as': 'it would go round what dsync checks',
  'write-batch': 'push and pull write no batches',
  'only-write-batch': 'push and pull write no batches',
  'read-batch': 'push and pull read no batches',
  'old-args': 'names go over the connection as they are',
  'no-secluded-args': 'names go over the connection as they are',
  'no-protect-args': 'names go over the connection as they are',
  iconv: 'names go over the connection as they are',
};
/** What a project's own file must not do: run a command, here or there. */
const ONLY_TYPED = new Set(['rsync-path', 'password-file', 'log-file', 'log-file-format', 'early-input']);

const LONG_BY_LETTER: Readonly<Record<string, string>> = {
  v: 'verbose',
  q: 'quiet',
  i: 'itemize-changes',
  h: 'human-readable',
  '8': 'human-readable',
  n: 'dry-run',
  f: 'filter',
  F: 'filter',
  C: 'cvs-exclude',
  m: 'prune-empty-dirs',
  '0': 'from0',
  M: 'remote-option',
  e: 'rsh',
  // Recursion is refused by its effect alone: dsync names every file, and turns it off at the end.
};

/** @param from `project`: a file that came along with the project, and that nobody may have read */
export function parseRsyncOptions(words: readonly string[], from: 'typed' | 'project'): ParsedRsyncOptions {
  const passed: string[] = [];
  const rules: string[] = [];
  const excludeFiles: string[] = [];
  const ssh: string[] = [];
  let isDelete = false;
  let isDryRun = false;
  const rest = [...words];

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (/[\0\n\r]/.test(word)) return fault(`${JSON.stringify(word)} has a line break in it`);
    if (!word.startsWith('-') || word === '-' || word === '--')
      return fault(`“${word}” is no option: rsync would take it for another place`);
    const found = word.startsWith('--') ? takeLong(word) : takeShort(word);
    if (found !== undefined) return fault(found);
  }
  return { kind: 'options', passed, isDelete, isDryRun, rules, excludeFiles, ssh };

  function takeLong(word: string): string | undefined {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    if (!WITH_VALUE.has(name)) return take(name, equals < 0 ? undefined : word.slice(equals + 1), [word]);
    const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
    if (value === undefined) return `--${name} wants a value`;
    return take(name, value, [`--${name}=${value}`]);
  }

  function takeShort(word: string): string | undefined {
    let kept = '';
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      if (letter === 'P') passed.push('--partial');
      else if (SHORT_WITH_VALUE.includes(letter)) {
        const value = word.slice(at + 1).replace(/^=/, '') || rest.shift();
        if (value === undefined) return `-${letter} wants a value`;
        const found = take(LONG_BY_LETTER[letter] ?? letter, value, [`-${letter}${value}`]);
        if (found !== undefined) return found;
        break;
      } else if (LONG_BY_LETTER[letter] === undefined) kept += letter;
      else {
        const found = take(LONG_BY_LETTER[letter], undefined, []);
        if (found !== undefined) return found;
      }
    }
    if (kept !== '') passed.push(`-${kept}`);
    return undefined;
  }

  /** @returns what is wrong with it */
  function take(name: string, value: string | undefined, asWritten: readonly string[]): string | undefined {
    const refusal = REFUSED[name];
    if (refusal !== undefined) return `--${name} is not taken: ${refusal}`;
    if (from === 'project' && ONLY_TYPED.has(name)) return `--${name} is only taken from the command line`;
    if (SILENT.has(name)) return undefined;
    if (DELETE.has(name)) isDelete = true;
    else if (name === 'dry-run') isDryRun = true;
    else if (name === 'exclude') rules.push(`- ${value ?? ''}`);
    else if (name === 'include') rules.push(`+ ${value ?? ''}`);
    else if (name === 'exclude-from') excludeFiles.push(value ?? '');
    else if (name === 'rsh') return takeShell(value ?? '');
    else passed.push(...asWritten);
    return undefined;
  }

  function takeShell(command: string): string | undefined {
    const parsed = parseWords(command);
    const [program, ...options] = parsed.kind === 'words' ? parsed.words : [];
    if (program !== 'ssh') return `-e takes ssh and options for it, not “${command}”`;
    if (from === 'project' && !isPlainShell(options))
      return 'of ssh’s options only -p, -l, -i and -C are taken from a file; put the others into ~/.ssh/config';
    ssh.push(...options);
    return undefined;
  }
}

/** `-o` may name a command to run; these may not. */
function isPlainShell(options: readonly string[]): boolean {
  for (let at = 0; at < options.length; at++) {
    const option = options[at] ?? '';
    if (option === '-C' || /^-[pli].+/.test(option)) continue;
    if (!/^-[pli]$/.test(option) || options[++at] === undefined) return false;
  }
  return true;
}

function fault(text: string): ParsedRsyncOptions {
  return { kind: 'fault', fault: text };
}
