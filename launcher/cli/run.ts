/**
 * `dlaunch NAME`, `dlaunch run`, `dlaunch up`: from a name to something that runs.
 *
 * @module
 */
import type { Cli } from '../../platform/cli.ts';
import { visible } from '../../platform/visible.ts';
import { type Command, commandText } from '../core/command.ts';
import { commandCalled, planCommands, usualCommand } from '../launch/plan.ts';
import { detectAt } from '../upkeep/look.ts';
import { type Launcher, openLauncher, projectOf, type Target } from './launcher.ts';
import type { RunOptions } from './run-options.ts';
import { startDetached, startHere } from './start.ts';

export interface RunRequest extends RunOptions {
  readonly command?: string | undefined;
}

/** @returns the command's exit code; 0 where it was started in the background */
export async function run(cli: Cli, query: string, request: RunRequest): Promise<number> {
  const launcher = await openLauncher(cli);
  const target = await projectOf(launcher, query);
  const { commands } = await detectAt(target.path, target.workspacePath);
  const chosen =
    request.command === undefined ? usualOf(commands, target, launcher) : commandCalled(commands, request.command);
  return runPlanned(launcher, target, { query, chosen, commands: planCommands(commands, chosen.name) }, request);
}

/** All that the project says it consists of: its default where that starts several, else all of its own commands. */
export async function up(cli: Cli, query: string, options: RunOptions): Promise<number> {
  const launcher = await openLauncher(cli);
  const target = await projectOf(launcher, query);
  const { commands } = await detectAt(target.path, target.workspacePath);
  const usual = usualOf(commands, target, launcher);
  const own = commands.filter(({ source }) => source.startsWith('.dsync.json#'));
  const group = commands.find(({ starts }) => starts !== undefined);
  const chosen = usual.starts === undefined && own.length === 0 ? (group ?? usual) : usual;
  const planned =
    chosen.starts === undefined && own.length > 0
      ? [...new Set(own.flatMap(({ name }) => planCommands(commands, name)))]
      : planCommands(commands, chosen.name);
  return runPlanned(launcher, target, { query, chosen, commands: planned }, { ...options, detach: true });
}

export interface Planned {
  /** What was typed. */
  readonly query: string;
  readonly chosen: Command;
  /** In the order in which they start. */
  readonly commands: readonly Command[];
}

async function runPlanned(launcher: Launcher, target: Target, planned: Planned, options: RunOptions): Promise<number> {
  if (options.dryRun) return printPlan(launcher.cli, target, planned, options);
  if (options.host !== undefined) {
    const { runOnHost } = await import('./run-remote.ts');
    return runOnHost(launcher, target, planned, { ...options, host: options.host });
  }
  return options.detach
    ? startDetached(launcher, target, planned, options)
    : startHere(launcher, target, planned, options);
}

function printPlan(cli: Cli, { project, path }: Target, { commands }: Planned, { json, host }: RunOptions): number {
  if (json) {
    cli.printJson({
      project: project.id,
      path,
      host,
      commands: commands.map((command) => ({ ...command, line: commandText(command) })),
    });
    return 0;
  }
  for (const command of commands) {
    const before = (command.before ?? []).map((run) => `${commandText({ ...command, run })} && `).join('');
    cli.print(visible(`${command.name}: ${before}${commandText(command)}`));
    cli.note(visible(`  in ${path}; from ${command.source}${command.why === '' ? '' : `; ${command.why}`}`));
  }
  return 0;
}

function usualOf(commands: readonly Command[], { project }: Target, { host }: Launcher): Command {
  return usualCommand(commands, { chosen: project.command, last: project.use[host]?.command });
}
