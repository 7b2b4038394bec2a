/**
 * How a member is started from its workspace.
 *
 * @module
 */
import { type Command, rankCommands } from '../core/command.ts';
import { textOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import { detectPackageManager, execRun, memberRun } from './package-manager.ts';
import type { ProjectFiles } from './project-files.ts';

/** The member's best way to start, undefined where it has none. */
export function memberCommand(
  files: ProjectFiles,
  member: ProjectFiles,
  folder: string,
  findings: readonly Finding[],
): Command | undefined {
  const finding = findings.find(({ isRunner, commands }) => isRunner !== true && best(commands) !== undefined);
  const start = best(finding?.commands ?? []);
  const nx = nxCommand(files, member, folder);
  if (nx !== undefined) return nx;
  if (finding === undefined || start === undefined) return undefined;
  const name = `${folder.slice(folder.lastIndexOf('/') + 1)}:${start.name}`;
  const score = SCORE.main - 10 + Math.min(start.score, SCORE.script) / 100;
  const made: Command = {
    ...start,
    name,
    score,
    folder: joinFolders(folder, start.folder),
    source: `${folder}/${start.source}`,
  };
  const run = fromWorkspace(files, member, folder, finding, start);
  return run === undefined ? made : { ...made, run, folder: '' };
}

/** A command line for the workspace's own folder, where its tool can do that. */
function fromWorkspace(
  files: ProjectFiles,
  member: ProjectFiles,
  folder: string,
  { kind }: Finding,
  start: Command,
): readonly string[] | undefined {
  switch (kind) {
    case 'node':
    case 'bun': {
      const [, script] = /^package\.json#scripts\.(.+)$/.exec(start.source) ?? [];
      if (script === undefined || !files.has('package.json')) return undefined;
      const manager = detectPackageManager(member).name;
      const name = textOf(member.json('package.json')?.name) ?? folder;
      if (files.has('turbo.json') && hasTurboTask(files, script))
        return execRun(manager, ['turbo', 'run', script, `--filter=${name}`]);
      return memberRun(manager, { name, folder }, script);
    }
    case 'rust': {
      const name = textOf(valueAt(member.toml('Cargo.toml'), 'package', 'name'));
      return name === undefined || !files.has('Cargo.toml')
        ? undefined
        : ['cargo', 'run', '-p', name, ...argsOf(start).slice(2)];
    }
    case 'go':
      return files.has('go.work') && start.source === 'main.go' ? ['go', 'run', `./${folder}`] : undefined;
    case 'gradle': {
      const [, task] = argsOf(start);
      return task === undefined ? undefined : [gradleOf(files), `:${folder.replaceAll('/', ':')}:${task}`];
    }
    case 'maven':
      return [files.has('mvnw') ? './mvnw' : 'mvn', '-pl', folder, ...argsOf(start).slice(1)];
    default:
      return undefined;
  }
}

function nxCommand(files: ProjectFiles, member: ProjectFiles, folder: string): Command | undefined {
  if (!files.has('nx.json') || !member.has('project.json')) return undefined;
  const project = member.json('project.json');
  const target = ['serve', 'dev', 'start'].find((one) => valueAt(project, 'targets', one) !== undefined);
  if (target === undefined) return undefined;
  const name = textOf(project?.name) ?? folder.slice(folder.lastIndexOf('/') + 1);
  const run = execRun(detectPackageManager(files).name, ['nx', target, name]);
  return command(`${name}:${target}`, run, `${folder}/project.json#targets.${target}`, {
    role: 'serve',
    score: SCORE.main - 9,
  });
}

function hasTurboTask(files: ProjectFiles, script: string): boolean {
  const config = files.json('turbo.json');
  return valueAt(config, 'tasks', script) !== undefined || valueAt(config, 'pipeline', script) !== undefined;
}

function gradleOf(files: ProjectFiles): string {
  return files.has('gradlew') ? './gradlew' : 'gradle';
}

function best(commands: readonly Command[]): Command | undefined {
  const [first] = rankCommands(commands);
  return first !== undefined && first.score >= SCORE.guess ? first : undefined;
}

function argsOf({ run }: Command): readonly string[] {
  return typeof run === 'string' ? [] : run;
}

function joinFolders(above: string, below: string): string {
  return below === '' ? above : `${above}/${below}`;
}
