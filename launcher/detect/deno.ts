import { fieldsOf, textOf, textsOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE, scriptScore } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Deno: tasks, else the usual entry points. */
export function detectDeno(files: ProjectFiles): Finding | undefined {
  const manifest = ['deno.json', 'deno.jsonc'].find((name) => files.has(name));
  const marker = manifest ?? (files.has('deno.lock') && !files.has('package.json') ? 'deno.lock' : undefined);
  if (marker === undefined) return undefined;
  const config = manifest === undefined ? {} : files.json(manifest);
  const tasks = Object.entries(fieldsOf(config?.tasks)).flatMap(([name, task]) => {
    const body = textOf(task) ?? textOf(valueAt(task, 'command'));
    const options = { score: scriptScore(name), ...(body === undefined ? {} : { body }) };
    return [command(name, ['deno', 'task', name], `${marker}#tasks.${name}`, options)];
  });
  const entry = ['main.ts', 'main.js', 'mod.ts'].find((name) => files.has(name));
  const isStarted = tasks.some(({ score }) => score > SCORE.main);
  const guess =
    entry === undefined || isStarted
      ? []
      : [command('run', ['deno', 'run', entry], entry, { score: SCORE.guess, why: 'no task starts it' })];
  const test = tasks.some(({ name }) => name === 'test')
    ? []
    : [command('test', ['deno', 'test'], marker, { score: SCORE.test })];
  return { kind: 'deno', marker, commands: [...tasks, ...guess, ...test], members: textsOf(config?.workspace) };
}
