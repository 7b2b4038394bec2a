/**
 * One command that runs, as a snapshot has it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { type Places, refOfPath, templateOf } from '../snapshot/path-ref.ts';
import type { Restart, SnapshotProcess } from '../snapshot/schema.ts';
import { commandLine } from './command-line.ts';
import { environmentDelta, namesInStartUp } from './environment.ts';
import { kindOf, programName } from './kind.ts';
import { type PackageScript, packageScript } from './package-script.ts';
import { decidePolicy } from './policy.ts';
import type { Process, ProcessTable } from './process-table.ts';
import { hideSecrets, isSecretText } from './secrets.ts';
import type { TypedLine } from './typed-lines.ts';

export interface Setting {
  readonly table: ProcessTable;
  readonly places: Places;
  /** Names that start-up files of shells set. */
  readonly setByStartUp: ReadonlySet<string>;
  readonly path: readonly string[];
  readonly isProgram: (name: string) => boolean;
  readonly restart: Readonly<Record<string, Restart['policy']>>;
}

export interface Seen {
  readonly leader: Process;
  readonly parts: readonly Process[];
  /** Whose environment is the base; undefined where none was above. */
  readonly base: Process | undefined;
  /** Where the command was given. */
  readonly cwd: string;
  readonly typed: TypedLine | undefined;
  readonly ports: readonly number[];
  readonly launch: { readonly line: string; readonly folder: string } | undefined;
  readonly agent: SnapshotProcess['agent'];
}

export function describeProcess(seen: Seen, setting: Setting): SnapshotProcess {
  const { table, places, setByStartUp } = setting;
  const { leader, parts, base, cwd, ports } = seen;
  const env = table.environmentOf(leader.pid);
  const script = scriptBelow(table, leader, env);
  const argvs = parts.map(({ pid }) => table.argvOf(pid));
  const { argv, trusted } = table.argvOf(leader.pid);
  const known = commandLine({ ...setting, typed: seen.typed, script, parts: argvs, cwd });
  const command =
    seen.launch === undefined ? known : { line: seen.launch.line, cwd: seen.launch.folder, via: 'config' as const };
  const { line, hidden } = hideSecrets(command.line);
  const kind = ports.length > 0 ? 'service' : script === undefined ? kindOf(argv) : 'task';
  const verdict = decidePolicy({
    line: command.line,
    argv,
    kind,
    isScript: script !== undefined,
    ports,
    isLaunched: seen.launch !== undefined,
    isHidden: hidden.length > 0,
    isPartial: command.via === 'title' || (command.via === 'argv' && parts.length > 1),
    chosen: setting.restart,
  });
  const delta = environmentDelta(env, base === undefined ? env : table.environmentOf(base.pid), setByStartUp);
  const shown = (text: string): string => templateOf(hideSecrets(text).line, places);
  return {
    kind,
    typed: seen.typed === undefined ? null : shown(seen.typed.line),
    script:
      script === undefined
        ? null
        : {
            runner: script.runner,
            name: script.name,
            dir: refOfPath(script.dir, places),
            args: script.args?.map(shown) ?? null,
          },
    argv: hiddenArgs(argv).map((word) => templateOf(word, places)),
    argvTrusted: trusted,
    exe: table.exeOf(leader.pid),
    cwd: refOfPath(command.cwd, places),
    env: Object.fromEntries(Object.entries(delta.env).map(([name, value]) => [name, templateOf(value, places)])),
    redacted: [...delta.redacted],
    startedAt: new Date(leader.startedMs).toISOString(),
    agent: seen.agent,
    restart: { ...verdict, command: templateOf(agentLine(seen, line), places), via: command.via },
  };
}

/** An assistant goes on where it was. */
function agentLine({ agent, typed, leader: _ }: Seen, line: string): string {
  if (agent === null || agent.tool !== 'claude' || typed?.line.includes('--resume')) return line;
  return `claude --resume ${agent.sessionId}`;
}

/** The package manager's own child, nearest to it, says what was asked for; a command below knows only that it is below. */
function scriptBelow(
  table: ProcessTable,
  leader: Process,
  env: ReadonlyMap<string, string>,
): PackageScript | undefined {
  const own = env.get('npm_lifecycle_event');
  const child = table.treeOf(leader.pid).find(({ pid }) => {
    if (pid === leader.pid) return false;
    const event = table.environmentOf(pid).get('npm_lifecycle_event');
    return event !== undefined && event !== own;
  });
  return child === undefined ? undefined : packageScript(table.environmentOf(child.pid), table.argvOf(child.pid).argv);
}

function hiddenArgs(argv: readonly string[]): string[] {
  const isShown = hideSecrets(argv.join(' ')).hidden.length === 0;
  if (isShown) return [...argv];
  return argv.map((word, i) => {
    const before = argv[i - 1] ?? '';
    const isValue = /^--?\w[\w-]*$/.test(before) && hideSecrets(`${before} ${word}`).hidden.length > 0;
    return isValue || isSecretText(word) ? 'HIDDEN' : hideSecrets(word).line;
  });
}

const START_UP = [
  '.bashrc',
  '.bash_profile',
  '.profile',
  '.bash_login',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.config/fish/config.fish',
  '.bash_aliases',
  '.pam_environment',
];

/** Of this user and of the system. */
export function startUpNames(home: string): ReadonlySet<string> {
  const files = [
    ...START_UP.map((name) => `${home}/${name}`),
    '/etc/profile',
    '/etc/environment',
    '/etc/bash.bashrc',
    '/etc/zsh/zshenv',
    '/etc/zsh/zshrc',
  ];
  return new Set(
    files.flatMap((path) => {
      try {
        return namesInStartUp(readFileSync(path, 'utf8'));
      } catch {
        return [];
      }
    }),
  );
}

/** As a person would call it. */
export function shortName(process: SnapshotProcess): string {
  return process.script === null
    ? programName(process.argv[0] ?? '')
    : `${process.script.runner} run ${process.script.name}`;
}
