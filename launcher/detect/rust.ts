import type { Command } from '../core/command.ts';
import { itemsOf, textOf, textsOf, valueAt } from '../core/shape.ts';
import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Rust: default-run or the only program, then each program and example. */
export function detectRust(files: ProjectFiles): Finding | undefined {
  if (!files.has('Cargo.toml')) return undefined;
  const manifest = files.toml('Cargo.toml');
  const programs = programsOf(files, manifest);
  const preferred = textOf(valueAt(manifest, 'package', 'default-run'));
  const ordered = programs.toSorted((a, b) => Number(b.name === preferred) - Number(a.name === preferred));
  const isPlain = programs.length === 1 || preferred !== undefined;
  const runs = ordered.map(({ name, source }, i): Command => {
    if (i === 0 && isPlain) {
      return command('run', ['cargo', 'run'], preferred === undefined ? source : 'Cargo.toml#package.default-run');
    }
    return command(`run:${name}`, ['cargo', 'run', '--bin', name], source, { score: SCORE.main - 5, role: 'run' });
  });
  const examples = files
    .list('examples')
    .filter((name) => name.endsWith('.rs') || files.has(`examples/${name}/main.rs`))
    .map((name) => name.replace(/\.rs$/, ''))
    .map((name) =>
      command(`example:${name}`, ['cargo', 'run', '--example', name], `examples/${name}`, {
        role: 'run',
        score: SCORE.other,
      }),
    );
  const watch = files.has('bacon.toml') ? [command('watch', ['bacon'], 'bacon.toml', { score: SCORE.main - 6 })] : [];
  return {
    kind: 'rust',
    marker: 'Cargo.toml',
    commands: [
      ...runs,
      ...watch,
      command('test', ['cargo', 'test'], 'Cargo.toml', { score: SCORE.test }),
      command('build', ['cargo', 'build'], 'Cargo.toml', { score: SCORE.build }),
      ...examples,
    ],
    members: [
      ...textsOf(valueAt(manifest, 'workspace', 'members')),
      ...textsOf(valueAt(manifest, 'workspace', 'exclude')).map((pattern) => `!${pattern}`),
    ],
  };
}

function programsOf(files: ProjectFiles, manifest: unknown): { name: string; source: string }[] {
  const named = itemsOf(valueAt(manifest, 'bin')).flatMap((item) => {
    const name = textOf(valueAt(item, 'name'));
    return name === undefined ? [] : [{ name, source: `Cargo.toml#bin.${name}`, path: textOf(valueAt(item, 'path')) }];
  });
  const packageName = textOf(valueAt(manifest, 'package', 'name')) ?? 'main';
  const isNamed = (path: string): boolean => named.some((one) => one.path === path);
  const main =
    files.has('src/main.rs') && !isNamed('src/main.rs') ? [{ name: packageName, source: 'src/main.rs' }] : [];
  const others = files
    .list('src/bin')
    .filter((name) => (name.endsWith('.rs') || files.has(`src/bin/${name}/main.rs`)) && !isNamed(`src/bin/${name}`))
    .map((name) => ({ name: name.replace(/\.rs$/, ''), source: `src/bin/${name}` }));
  const all = [...main, ...named, ...others];
  return all.filter(({ name }, i) => all.findIndex((one) => one.name === name) === i);
}
