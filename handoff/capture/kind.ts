/**
 * What kind of program a command is, by its name. Pure.
 *
 * @module
 */
import { basename } from 'node:path';
import type { SnapshotProcess } from '../snapshot/schema.ts';
import { isPromptShell } from './foreground.ts';

export type Kind = SnapshotProcess['kind'];

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const NAMES: readonly (readonly [Kind, ReadonlySet<string>])[] = [
  ['shell', words('bash zsh fish sh dash ksh mksh ash tcsh csh nu elvish xonsh')],
  ['editor', words('vi vim view vimdiff nvim gvim nano pico emacs emacsclient helix hx kak micro joe ne jed mg code')],
  ['pager', words('less more most man info bat')],
  [
    'monitor',
    words(
      'top htop btop bpytop atop glances gotop iotop nvtop iftop nethogs vmstat iostat mpstat dstat watch tail journalctl ' +
        'dmesg nvidia-smi lazygit tig gitui ranger nnn yazi mc ncdu k9s lazydocker ctop multitail lnav ping cmatrix',
    ),
  ],
  ['remote', words('ssh mosh mosh-client et telnet sftp ftp autossh sshuttle')],
  ['container', words('docker podman nerdctl kubectl docker-compose podman-compose vagrant lxc')],
  ['agent', words('claude codex aider gemini opencode goose amp')],
  [
    'repl',
    words(
      'irb pry ipython bpython ghci psql mysql mariadb sqlite3 mongosh redis-cli gdb lldb iex erl clj lein scala julia R octave',
    ),
  ],
  [
    'task',
    words(
      'make gmake just task cargo go gradle gradlew mvn mvnw dotnet rake tsc vitest jest pytest tox nox bazel ninja cmake npm npx pnpm yarn bun deno nodemon air bacon entr webpack vite turbo nx',
    ),
  ],
];

/** Interpreters: without a file to run they wait for lines. */
const INTERPRETERS = /^(?:python[\d.]*|node|ruby|perl|php|lua[\d.]*|deno|bun)$/;
/** Before the command that they run. */
const WRAPPERS = new Set([
  'env',
  'sudo',
  'doas',
  'nohup',
  'time',
  'nice',
  'ionice',
  'exec',
  'command',
  'stdbuf',
  'setsid',
  'caffeinate',
  'dotenv',
]);

export function kindOf(argv: readonly string[]): Kind {
  const [name = '', ...args] = withoutWrappers(argv);
  const program = programName(name);
  if (INTERPRETERS.test(program)) return args.every((arg) => /^-[iIBEsSuq]*$/.test(arg)) ? 'repl' : 'unknown';
  const kind = NAMES.find(([, names]) => names.has(program))?.[0] ?? 'unknown';
  // With a script, or a line to run, a shell is whatever that is.
  return kind === 'shell' && !isPromptShell({ argv: [program, ...args] }) ? 'unknown' : kind;
}

/** The last part of its path, as it is called in a shell; Nix wraps programs in ones called `.x-wrapped`. */
export function programName(argv0: string): string {
  return basename(argv0)
    .replace(/^-/, '')
    .replace(/^\.(.+)-wrapped$/, '$1')
    .replace(/\.AppImage$/i, '');
}

/** `env A=b nice -n 5 make` is make. */
export function withoutWrappers(argv: readonly string[]): readonly string[] {
  let at = 0;
  for (;;) {
    const word = argv[at] ?? '';
    if (/^[A-Za-z_]\w*\+?=/.test(word)) at++;
    else if (WRAPPERS.has(programName(word)) && at < argv.length - 1) {
      const isNice = /nice$/.test(word);
      at++;
      while (/^-/.test(argv[at] ?? '')) at += isNice && /^-[nc]$/.test(argv[at] ?? '') ? 2 : 1;
    } else return at >= argv.length ? argv : argv.slice(at);
  }
}
