/**
 * Node.js and Bun: package.json's scripts, else what there is to start.
 *
 * @module
 */
import type { Command } from '../core/command.ts';
import { type Fields, fieldsOf, textFieldsOf, textOf, textsOf, valueAt } from '../core/shape.ts';
import { command, type Finding, roleOf, SCORE, scriptScore } from './finding.ts';
import { nodePort } from './node-port.ts';
import { detectPackageManager, execRun, type PackageManager, scriptArgs, scriptRun } from './package-manager.ts';
import type { ProjectFiles } from './project-files.ts';

/** npm runs these by itself, at other times than a person wants. */
const LIFECYCLE = new Set([
  'prepare',
  'prepublish',
  'prepublishOnly',
  'prepack',
  'postpack',
  'install',
  'dependencies',
]);

/** What a framework's configuration alone tells; the first that is there counts. */
const FRAMEWORKS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^next\.config\./, ['next', 'dev']],
  [/^nuxt\.config\./, ['nuxt', 'dev']],
  [/^astro\.config\./, ['astro', 'dev']],
  [/^angular\.json$/, ['ng', 'serve']],
  [/^remix\.config\./, ['remix', 'dev']],
  [/^react-router\.config\./, ['react-router', 'dev']],
  [/^gatsby-config\./, ['gatsby', 'develop']],
  [/^docusaurus\.config\./, ['docusaurus', 'start']],
  [/^app\.config\.|^app\.json$/, ['expo', 'start']],
  [/^svelte\.config\./, ['vite', 'dev']],
  [/^vite\.config\./, ['vite']],
  [/^webpack\.config\./, ['webpack', 'serve']],
  [/^wrangler\.(toml|jsonc?)$/, ['wrangler', 'dev']],
];

export function detectNode(files: ProjectFiles): Finding | undefined {
  if (!files.has('package.json')) return undefined;
  const manifest = files.json('package.json') ?? {};
  const manager = detectPackageManager(files);
  const scripts = scriptCommands(manifest, manager);
  const notes = manager.alsoLockedBy.map(
    (lock) => `${lock} is there as well; ${manager.name} is used, from ${manager.from}`,
  );
  const isStarted = scripts.some(({ score }) => score > SCORE.main);
  const guesses = isStarted ? [] : guessCommands(files, manifest, manager);
  return {
    kind: kindOf(files, manager),
    marker: 'package.json',
    commands: [...scripts, ...guesses],
    members: memberPatterns(files, manifest),
    notes,
  };
}

function kindOf(files: ProjectFiles, { name }: PackageManager): string {
  return name === 'bun' || files.has('bunfig.toml') ? 'bun' : 'node';
}

function scriptCommands(manifest: Fields, manager: PackageManager): Command[] {
  const scripts = textFieldsOf(manifest.scripts);
  const names = new Set(scripts.map(([name]) => name));
  const isHook = (name: string): boolean => {
    const [, of = ''] = /^(?:pre|post)(.+)$/.exec(name) ?? [];
    return LIFECYCLE.has(name) || names.has(of) || LIFECYCLE.has(of);
  };
  return scripts
    .filter(([name]) => !isHook(name) && !name.startsWith('//') && !name.startsWith('#'))
    .map(([name, text]) => {
      const port = roleOf(name) === 'serve' ? nodePort(text) : undefined;
      const flag = port?.flag === undefined ? {} : { flag: scriptArgs(manager.name, port.flag) };
      return command(name, scriptRun(manager.name, name), `package.json#scripts.${name}`, {
        why: `${manager.name} from ${manager.from}`,
        body: text,
        score: scriptScore(name),
        ...(port === undefined ? {} : { port: { ...port, ...flag } }),
      });
    });
}

/** Without a script that starts it: the framework that its configuration names, else its entry point. */
function guessCommands(files: ProjectFiles, manifest: Fields, manager: PackageManager): Command[] {
  const dependencies = { ...fieldsOf(manifest.dependencies), ...fieldsOf(manifest.devDependencies) };
  for (const [pattern, run] of FRAMEWORKS) {
    const file = [...files.names].find((name) => pattern.test(name));
    // Many tools have an app.json.
    if (file === undefined || (run[0] === 'expo' && dependencies.expo === undefined)) continue;
    const port = nodePort(run.join(' '));
    const options = { score: SCORE.guess, why: `no script starts it; ${manager.name} from ${manager.from}` };
    return [command('dev', execRun(manager.name, run), file, { ...options, ...(port === undefined ? {} : { port }) })];
  }
  const entry = entryPoint(files, manifest);
  if (entry === undefined) return [];
  const program = manager.name === 'bun' ? 'bun' : 'node';
  const why = 'no script starts it';
  return [command('start', [program, entry.path], entry.source, { score: SCORE.guess, role: 'run', why })];
}

function entryPoint(files: ProjectFiles, manifest: Fields): { path: string; source: string } | undefined {
  const { bin } = manifest;
  const [binary] = textOf(bin) === undefined ? textFieldsOf(bin).map(([, path]) => path) : [textOf(bin)];
  const candidates = [
    { path: binary, source: 'package.json#bin' },
    { path: textOf(manifest.main), source: 'package.json#main' },
    ...['server.js', 'app.js', 'index.js', 'index.ts'].map((path) => ({ path, source: path })),
  ];
  for (const { path, source } of candidates) {
    const plain = path?.replace(/^\.\//, '');
    if (plain !== undefined && files.has(plain)) return { path: plain, source };
  }
  return undefined;
}

function memberPatterns(files: ProjectFiles, manifest: Fields): string[] {
  const { workspaces } = manifest;
  return [
    ...textsOf(workspaces),
    ...textsOf(valueAt(workspaces, 'packages')),
    ...(files.has('pnpm-workspace.yaml') ? textsOf(files.yaml('pnpm-workspace.yaml')?.packages) : []),
    ...(files.has('lerna.json') ? textsOf(files.json('lerna.json')?.packages) : []),
  ];
}
