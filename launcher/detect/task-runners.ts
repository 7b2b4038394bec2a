import { fieldsOf, textOf, textsOf, valueAt } from '../core/shape.ts';
import { command, type Finding, runnerScore } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Task (go-task): public tasks. */
export function detectTaskfile(files: ProjectFiles): Finding | undefined {
  const marker = ['Taskfile.yml', 'Taskfile.yaml', 'taskfile.yml', 'taskfile.yaml'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const tasks = Object.entries(fieldsOf(files.yaml(marker)?.tasks));
  const commands = tasks
    .filter(([name, task]) => valueAt(task, 'internal') !== true && !name.includes('*') && !name.startsWith('_'))
    .map(([name, task]) =>
      command(name, ['task', name], `${marker}#tasks.${name}`, {
        score: runnerScore(name),
        why: textOf(valueAt(task, 'desc')) ?? '',
      }),
    );
  return { kind: 'task', marker, isRunner: true, commands };
}

/** mise: its tasks; without any it only names tools. */
export function detectMise(files: ProjectFiles): Finding | undefined {
  const marker = ['mise.toml', '.mise.toml', 'mise.local.toml'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const tasks = Object.entries(fieldsOf(files.toml(marker)?.tasks));
  const commands = tasks
    .filter(([, task]) => valueAt(task, 'hide') !== true)
    .map(([name, task]) => {
      const run = valueAt(task, 'run');
      const body = textOf(task) ?? textOf(run) ?? textsOf(run).join(' && ');
      const why = textOf(valueAt(task, 'description')) ?? '';
      return command(name, ['mise', 'run', name], `${marker}#tasks.${name}`, { score: runnerScore(name), body, why });
    });
  return commands.length === 0 ? undefined : { kind: 'mise', marker, isRunner: true, commands };
}
