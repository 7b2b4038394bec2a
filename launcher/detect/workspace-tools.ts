import type { Command } from '../core/command.ts';
import { itemsOf, textOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import { detectPackageManager, execRun } from './package-manager.ts';
import type { ProjectFiles } from './project-files.ts';

/** Tools that run a monorepo's members: turbo, nx, rush. */
export function detectWorkspaceTool(files: ProjectFiles): Finding | undefined {
  if (files.has('turbo.json')) {
    const config = files.json('turbo.json');
    const tasks = valueAt(config, 'tasks') ?? valueAt(config, 'pipeline');
    return { kind: 'turbo', marker: 'turbo.json', isRunner: true, commands: turboCommands(files, tasks) };
  }
  if (files.has('nx.json'))
    return { kind: 'nx', marker: 'nx.json', isRunner: true, commands: [], members: nxFolders(files) };
  if (!files.has('rush.json')) return undefined;
  const projects = itemsOf(files.json('rush.json')?.projects);
  const members = projects.flatMap((project) => textOf(valueAt(project, 'projectFolder')) ?? []);
  const build = command('build', ['rush', 'build'], 'rush.json', { score: SCORE.build });
  return { kind: 'rush', marker: 'rush.json', commands: [build], members };
}

function turboCommands(files: ProjectFiles, tasks: unknown): Command[] {
  const { name: manager } = detectPackageManager(files);
  return ['dev', 'start'].flatMap((task) =>
    valueAt(tasks, task) === undefined
      ? []
      : [
          command(task, execRun(manager, ['turbo', 'run', task]), `turbo.json#tasks.${task}`, {
            score: SCORE.main + 1,
          }),
        ],
  );
}

/** Where nx keeps projects unless the manifest says otherwise. */
function nxFolders(files: ProjectFiles): string[] {
  return ['apps', 'libs', 'packages'].filter((folder) => files.has(folder)).map((folder) => `${folder}/*`);
}
