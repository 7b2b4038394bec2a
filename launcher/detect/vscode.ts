/**
 * VS Code's tasks.json and launch.json.
 *
 * @module
 */
import type { Command, Run } from '../core/command.ts';
import { fieldsOf, itemsOf, textFieldsOf, textOf, textsOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

const TASKS = '.vscode/tasks.json';
const LAUNCH = '.vscode/launch.json';

export function detectVsCode(files: ProjectFiles): Finding | undefined {
  if (!files.has('.vscode')) return undefined;
  const tasks = itemsOf(files.json(TASKS)?.tasks).flatMap((task) => taskCommand(task) ?? []);
  const launches = itemsOf(files.json(LAUNCH)?.configurations).flatMap((one) => launchCommand(one, tasks) ?? []);
  const commands = [...launches, ...tasks];
  return commands.length === 0 ? undefined : { kind: 'vscode', marker: '.vscode', isRunner: true, commands };
}

/** npm's own tasks are what package.json has already; variables other than the project's folder cannot be filled in. */
function taskCommand(task: unknown): Command | undefined {
  const label = textOf(valueAt(task, 'label')) ?? textOf(valueAt(task, 'taskName'));
  const line = textOf(valueAt(task, 'command'));
  const type = textOf(valueAt(task, 'type')) ?? 'shell';
  if (label === undefined || line === undefined || (type !== 'shell' && type !== 'process')) return undefined;
  const args = itemsOf(valueAt(task, 'args')).flatMap((arg) => textOf(arg) ?? textOf(valueAt(arg, 'value')) ?? []);
  const run: Run = type === 'shell' && args.length === 0 ? line : [line, ...args];
  return imported(label, run, valueAt(task, 'options'), TASKS);
}

function launchCommand(configuration: unknown, tasks: readonly Command[]): Command | undefined {
  const name = textOf(valueAt(configuration, 'name'));
  const program = textOf(valueAt(configuration, 'program'));
  const args = textsOf(valueAt(configuration, 'args'));
  const runtime = textOf(valueAt(configuration, 'runtimeExecutable'));
  const runtimeArgs = textsOf(valueAt(configuration, 'runtimeArgs'));
  const module = textOf(valueAt(configuration, 'module'));
  if (name === undefined || valueAt(configuration, 'request') !== 'launch') return undefined;
  const run = launchRun(textOf(valueAt(configuration, 'type')) ?? '', { program, args, runtime, runtimeArgs, module });
  if (run === undefined) return undefined;
  const first = textOf(valueAt(configuration, 'preLaunchTask'));
  const before = tasks.find((task) => task.name === first)?.run;
  const made = imported(name, run, configuration, LAUNCH);
  return made === undefined || before === undefined ? made : { ...made, before: [before] };
}

interface LaunchParts {
  readonly program: string | undefined;
  readonly args: readonly string[];
  readonly runtime: string | undefined;
  readonly runtimeArgs: readonly string[];
  readonly module: string | undefined;
}

/** Pure: what the debugger would start, without the debugger; undefined for browsers and the like. */
function launchRun(type: string, { program, args, runtime, runtimeArgs, module }: LaunchParts): string[] | undefined {
  switch (type.replace(/^pwa-/, '')) {
    case 'node':
    case 'bun':
      if (program === undefined && runtime === undefined) return undefined;
      return [
        runtime ?? (type === 'bun' ? 'bun' : 'node'),
        ...runtimeArgs,
        ...(program === undefined ? [] : [program]),
        ...args,
      ];
    case 'python':
    case 'debugpy':
      if (module !== undefined) return ['python3', '-m', module, ...args];
      return program === undefined ? undefined : ['python3', program, ...args];
    case 'go':
      return program === undefined ? undefined : ['go', 'run', program, ...args];
    case 'cppdbg':
    case 'lldb':
    case 'codelldb':
      return program === undefined ? undefined : [program, ...args];
    case 'coreclr':
      return program === undefined ? undefined : ['dotnet', program, ...args];
    default:
      return undefined;
  }
}

/** `${workspaceFolder}` is the project; with another variable left in it, the command cannot be run here. */
function imported(name: string, run: Run, options: unknown, source: string): Command | undefined {
  const fill = (text: string): string =>
    text.replaceAll(/\$\{workspace(Folder|Root)\}\//g, '').replaceAll(/\$\{workspace(Folder|Root)\}/g, '.');
  const filled = typeof run === 'string' ? fill(run) : run.map(fill);
  const folder = fill(textOf(valueAt(options, 'cwd')) ?? '').replace(/^\.\/?/, '');
  const env = Object.fromEntries(
    textFieldsOf(fieldsOf(valueAt(options, 'env'))).map(([key, value]) => [key, fill(value)]),
  );
  const texts = [...(typeof filled === 'string' ? [filled] : filled), folder, ...Object.values(env)];
  if (texts.some((text) => /\$\{[\w:.-]+\}/.test(text)) || folder.startsWith('/') || folder.startsWith('..'))
    return undefined;
  return command(name, filled, `${source}#${name}`, {
    role: 'run',
    folder,
    score: SCORE.runner - 8,
    ...(Object.keys(env).length === 0 ? {} : { env }),
  });
}
