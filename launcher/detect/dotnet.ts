import { fieldsOf, textOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

const PROJECT = /\.(cs|fs|vb)proj$/;
const TESTS = /Microsoft\.NET\.Test\.Sdk|\bxunit\b|\bNUnit\b|MSTest/;

/** .NET: each project that can be run, with its profiles; a solution's tests. */
export function detectDotnet(files: ProjectFiles): Finding | undefined {
  const solution = [...files.names].find((name) => /\.slnx?$/.test(name));
  const own = [...files.names].filter((name) => PROJECT.test(name));
  const marker = solution ?? own[0];
  if (marker === undefined) return undefined;
  const paths = [...own, ...(solution === undefined ? [] : projectsOf(files.text(solution) ?? ''))];
  const runnable = [...new Set(paths)].flatMap((path) => {
    const text = files.text(path) ?? '';
    return /<OutputType>\s*(Win)?Exe|Sdk\.(Web|Worker|BlazorWebAssembly)"/i.test(text) && !TESTS.test(text)
      ? [{ path, isServer: /Sdk\.(Web|BlazorWebAssembly)"/.test(text) }]
      : [];
  });
  const runs = runnable.flatMap(({ path, isServer }, i) => {
    const project = path === own[0] && own.length === 1 ? [] : ['--project', path];
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    const name = path.slice(path.lastIndexOf('/') + 1).replace(PROJECT, '');
    const profiles = profilesOf(files, folder);
    const role = isServer ? 'serve' : 'run';
    const score = i === 0 ? SCORE.main : SCORE.main - 5;
    const plain = command(runnable.length === 1 ? 'dev' : `dev:${name}`, ['dotnet', 'watch', 'run', ...project], path, {
      role,
      score,
    });
    return [
      plain,
      ...(profiles.length < 2 ? [] : profiles).map((profile) =>
        command(
          `${plain.name}:${profile}`,
          [...words(plain.run), '--launch-profile', profile],
          `${folder === '' ? '' : `${folder}/`}Properties/launchSettings.json`,
          { role, score: SCORE.guess },
        ),
      ),
    ];
  });
  const commands = [
    ...runs,
    command('test', ['dotnet', 'test'], marker, { score: SCORE.test }),
    command('build', ['dotnet', 'build'], marker, { score: SCORE.build }),
  ];
  return { kind: 'dotnet', marker, commands };
}

/** Pure: paths of projects in an .sln or .slnx. */
export function projectsOf(solution: string): string[] {
  const paths = [...solution.matchAll(/"([^"\n]+\.(?:cs|fs|vb)proj)"/g)].map(([, path = '']) => path);
  return paths
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('..') && !path.startsWith('/'));
}

function profilesOf(files: ProjectFiles, folder: string): string[] {
  const settings = files.json(`${folder === '' ? '' : `${folder}/`}Properties/launchSettings.json`);
  return Object.entries(fieldsOf(settings?.profiles)).flatMap(([name, profile]) =>
    textOf(valueAt(profile, 'commandName')) === 'Project' ? [name] : [],
  );
}

function words(run: string | readonly string[]): readonly string[] {
  return typeof run === 'string' ? [run] : run;
}
