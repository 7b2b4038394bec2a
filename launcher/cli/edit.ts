/**
 * Commands that change the registry, and nothing else.
 *
 * @module
 */
import { text as textOfStream } from 'node:stream/consumers';
import { absPath, tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatCount } from '../../platform/format.ts';
import { readTextFile } from '../../platform/settings-file.ts';
import { visible } from '../../platform/visible.ts';
import type { Project, Registry } from '../core/registry-schema.ts';
import { findProject } from '../rank/find-project.ts';
import { checkNameIsFree, removeProject, replaceProject } from '../registry/edit-project.ts';
import { mergeFound } from '../registry/merge-found.ts';
import { mergeRegistries } from '../registry/merge-registries.ts';
import { editRegistry, parseRegistry } from '../registry/registry-file.ts';
import { lookAtProject } from '../upkeep/look.ts';
import { realPathOf } from '../upkeep/start-folders.ts';
import { openLauncher } from './launcher.ts';
import type { AddOptions, ListEdit } from './project-commands.ts';

export async function add(cli: Cli, folder: string, { name, json }: AddOptions): Promise<ExitCode> {
  const { host, nowMs } = await openLauncher(cli);
  const path = realPathOf(absPath(folder));
  if (path === undefined) throw new DsyncError('BAD_INPUT', `${absPath(folder)} is no folder that can be read`);
  const found = await lookAtProject(path);
  const registry = await editRegistry(cli.home, (before) => {
    const merged = mergeFound(before, [found], { host, nowMs, isGone: () => false });
    const added = projectAtPath(merged, path, host);
    if (name === undefined) return merged;
    checkNameIsFree(merged, name, added.id);
    return replaceProject(merged, added.id, (project) => ({ ...project, name }));
  });
  const project = projectAtPath(registry, path, host);
  if (json) cli.printJson({ id: project.id, name: project.name, path, kinds: project.kinds });
  else cli.print(visible(`${project.name}: ${tildePath(path)} is known`));
  return 0;
}

export async function rm(cli: Cli, query: string): Promise<ExitCode> {
  const project = await change(cli, query, (registry, { id }) => removeProject(registry, id));
  cli.print(visible(`forgotten: ${project.name}. Its folder was left as it is.`));
  return 0;
}

export async function rename(cli: Cli, query: string, name: string): Promise<ExitCode> {
  if (name.trim() === '') throw new DsyncError('BAD_INPUT', 'A name cannot be empty');
  const project = await change(cli, query, (registry, { id }) => {
    checkNameIsFree(registry, name, id);
    return replaceProject(registry, id, (one) => ({ ...one, name }));
  });
  cli.print(visible(`${project.name} is now called ${name}`));
  return 0;
}

export async function editTexts(
  cli: Cli,
  query: string,
  { key, texts, remove }: ListEdit & { readonly key: 'tags' | 'aliases'; readonly texts: readonly string[] },
): Promise<ExitCode> {
  let after: readonly string[] = [];
  const project = await change(cli, query, (registry, one) => {
    if (key === 'aliases' && remove !== true) for (const text of texts) checkNameIsFree(registry, text, one.id);
    const kept = one[key].filter((text) => !texts.includes(text));
    after = remove === true ? kept : [...kept, ...texts];
    return replaceProject(registry, one.id, (before) => ({ ...before, [key]: [...after] }));
  });
  cli.print(visible(`${project.name}: ${after.join(', ') || `no ${key}`}`));
  return 0;
}

export async function merge(cli: Cli, file: string): Promise<ExitCode> {
  const theirs = file === '-' ? await parseRegistry(await textOfStream(process.stdin), 'stdin') : await readOther(file);
  const registry = await editRegistry(cli.home, (ours) => mergeRegistries(ours, theirs));
  cli.print(`${formatCount(theirs.projects.length, 'project')} taken in, ${registry.projects.length} known in all`);
  return 0;
}

/** @throws {DsyncError} BAD_INPUT */
function readOther(file: string): Promise<Registry> {
  const path = absPath(file);
  const text = readTextFile(path, 'BAD_INPUT');
  if (text === undefined) throw new DsyncError('BAD_INPUT', `There is no file ${path}`);
  return parseRegistry(text, path);
}

/** @returns the project as it was */
async function change(
  cli: Cli,
  query: string,
  edit: (registry: Registry, project: Project) => Registry,
): Promise<Project> {
  const { host, nowMs } = await openLauncher(cli);
  const before: Project[] = [];
  await editRegistry(cli.home, (registry) => {
    const project = findProject(registry, query, { host, nowMs });
    before.push(project);
    return edit(registry, project);
  });
  const [project] = before;
  if (project === undefined) throw new DsyncError('INTERNAL', 'The registry was not read');
  return project;
}

function projectAtPath({ projects }: Registry, path: string, host: string): Project {
  const project = projects.find(({ locations }) => locations[host]?.path === path);
  if (project === undefined) throw new DsyncError('INTERNAL', `${path} did not get into the registry`);
  return project;
}
