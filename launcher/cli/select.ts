/**
 * `dlaunch`: choose a project, and what to do with it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tildePath } from '../../platform/abs-path.ts';
import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { visible } from '../../platform/visible.ts';
import { type Command, commandText } from '../core/command.ts';
import type { Project } from '../core/registry-schema.ts';
import { createGitMarks } from '../picker/git-marks.ts';
import { type Picked, pick } from '../picker/picker.ts';
import { matchTier } from '../rank/match.ts';
import { rankProjects } from '../rank/rank-projects.ts';
import { loadRegistry } from '../registry/registry-file.ts';
import { currentRegistry, type Launcher, openLauncher, projectOf } from './launcher.ts';
import { shorten } from './list.ts';

export interface SelectOptions {
  readonly query?: string;
  readonly print?: true;
}

const EXIT_INTERRUPTED = 130;
const USUAL_COLUMNS = 40;

export async function select(cli: Cli, { query = '', print }: SelectOptions): Promise<number> {
  if (!cli.canAsk) {
    throw new DsyncError('BAD_INPUT', 'Choosing needs a terminal', {
      cure: 'Name the project: dlaunch NAME, dlaunch path NAME',
    });
  }
  const launcher = await openLauncher(cli);
  try {
    for (let typed = query; ; ) {
      const picked = await pickProject(launcher, typed);
      const project = picked?.value;
      if (picked === undefined || project === undefined) return 1;
      typed = picked.query;
      const path = project.locations[launcher.host]?.path ?? '';
      if (print) {
        cli.print(path);
        return 0;
      }
      const code = await act(launcher, picked, project, path);
      if (code !== undefined) return code;
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return EXIT_INTERRUPTED;
    throw error;
  }
}

/** Undefined where the user came back to the list. */
async function act(
  launcher: Launcher,
  picked: Picked<Project>,
  project: Project,
  path: string,
): Promise<number | undefined> {
  const { cli } = launcher;
  const { run } = await import('./run.ts');
  switch (picked.action) {
    case 'run':
      return run(cli, project.id, { wait: true });
    case 'commands': {
      const chosen = await pickCommand(launcher, project, path);
      return chosen === undefined ? undefined : run(cli, project.id, { wait: true, command: chosen.name });
    }
    case 'shell':
      return openThere(process.env.SHELL || '/bin/sh', [], path);
    case 'editor':
      return openThere(process.env.VISUAL || process.env.EDITOR || 'vi', ['.'], path);
    case 'back':
      return 1;
  }
}

/** The registry as it lies there, at once; what is new in it, what runs, and git's marks come in while it is shown. */
async function pickProject(launcher: Launcher, query: string): Promise<Picked<Project> | undefined> {
  const { cli, host, nowMs } = launcher;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const here = ({ projects }: { readonly projects: readonly Project[] }): Project[] =>
    projects.filter(({ locations }) => locations[host] !== undefined && locations[host]?.missingSince === undefined);
  let projects = here((await loadRegistry(cli.home)).registry);
  if (projects.length === 0) projects = here(await currentRegistry(launcher));
  if (projects.length === 0) {
    cli.note('No projects yet. Find some: dlaunch discover DIR');
    return undefined;
  }
  const marks = createGitMarks(changed);
  const runs = new Map<string, string>();
  const pathOf = ({ locations }: Project): string => locations[host]?.path ?? '';
  const fill = async (): Promise<void> => {
    const { listRuns } = await import('../launch/run-state.ts');
    for (const { run, state, ports } of await listRuns(cli.home)) {
      if (state === 'running') runs.set(run.projectId, `● ${ports.map((port) => `:${port}`).join(' ')}`.trim());
    }
    projects = here(await currentRegistry(launcher));
    changed();
  };
  try {
    return await pick(
      {
        title: 'project',
        colors: cli.colors,
        query,
        actions: ['run', 'commands', 'shell', 'editor', 'back'],
        find: (text) => rankProjects(projects, text, { host, nowMs }).map(({ project }) => project),
        cells: (project) => [
          visible(project.name),
          visible(marks.of(pathOf(project))),
          visible(runs.get(project.id) ?? ''),
          visible(shorten(project.usual ?? project.kinds[0] ?? '', USUAL_COLUMNS)),
          visible(tildePath(pathOf(project))),
        ],
        onSeen: (seen) => marks.want(seen.map(pathOf)),
        subscribe: (listener) => {
          listeners.add(listener);
          // After the first frame; a broken registry was told of by then, and the list stays as it is.
          setImmediate(() => fill().catch(() => undefined));
          return () => listeners.delete(listener);
        },
      },
      { signal: cli.signal },
    );
  } finally {
    marks.stop();
  }
}

async function pickCommand(launcher: Launcher, project: Project, path: string): Promise<Command | undefined> {
  const { detectAt } = await import('../upkeep/look.ts');
  const { workspacePath } = await projectOf(launcher, project.id);
  const { commands } = await detectAt(path, workspacePath);
  const { value, action } = await pick<Command>(
    {
      title: visible(project.name),
      colors: launcher.cli.colors,
      actions: ['run', 'back'],
      find: (text) =>
        commands.filter(
          (one) => matchTier(text, { name: one.name, aliases: [], tags: [], path: commandText(one) }) > 0,
        ),
      cells: (one) => [visible(one.name), visible(commandText(one)), visible(one.source)],
    },
    { signal: launcher.cli.signal },
  );
  return action === 'run' ? value : undefined;
}

async function openThere(program: string, args: readonly string[], path: string): Promise<number> {
  // `EDITOR="code --wait"` is a command line.
  const [name = program, ...own] = program.split(' ').filter(Boolean);
  const child = spawn(name, [...own, ...args], { cwd: path, stdio: 'inherit' });
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const [code]: unknown[] = await once(child, 'close');
    return typeof code === 'number' ? code : 1;
  } finally {
    process.off('SIGINT', ignore);
  }
}
