import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Go: live reload where it is configured, the module's own main package, then each one below cmd/. */
export function detectGo(files: ProjectFiles): Finding | undefined {
  const marker = ['go.mod', 'go.work', 'main.go'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const [, module = ''] = /^module\s+(\S+)/m.exec(files.text('go.mod') ?? '') ?? [];
  const moduleName = module
    .replace(/\/v\d+$/, '')
    .split('/')
    .at(-1);
  const programs = files.list('cmd').filter((name) => files.has(`cmd/${name}/main.go`));
  // The program that is called as the module is what the module is about.
  programs.sort((a, b) => Number(b === moduleName) - Number(a === moduleName));
  const commands = [
    ...(files.has('.air.toml') ? [command('dev', ['air'], '.air.toml', { score: SCORE.main + 5 })] : []),
    ...(files.has('main.go') ? [command('run', ['go', 'run', '.'], 'main.go')] : []),
    ...programs.map((name, i) => {
      const isMain = i === 0 && (programs.length === 1 || name === moduleName);
      const why = name === moduleName ? 'called as the module' : programs.length === 1 ? 'the only one' : '';
      return command(`run:${name}`, ['go', 'run', `./cmd/${name}`], `cmd/${name}/main.go`, {
        score: SCORE.main - (isMain ? 1 : 5),
        role: 'run',
        why,
      });
    }),
    command('test', ['go', 'test', './...'], marker, { score: SCORE.test }),
    command('build', ['go', 'build', './...'], marker, { score: SCORE.build }),
  ];
  return { kind: 'go', marker, commands, members: goWorkFolders(files.text('go.work') ?? '') };
}

/** Pure: the folders of `use` lines and blocks. */
export function goWorkFolders(text: string): string[] {
  const plain = text.replace(/\/\/.*$/gm, '');
  const blocks = [...plain.matchAll(/^use\s*\(([^)]*)\)/gm)].flatMap(([, block = '']) => block.split(/\s+/));
  const lines = [...plain.matchAll(/^use\s+([^\s(]+)/gm)].map(([, folder = '']) => folder);
  return [...blocks, ...lines]
    .map((folder) => folder.replace(/^\.\//, ''))
    .filter((folder) => folder !== '' && folder !== '.');
}
