/**
 * Names that say what a folder is: a project, or one that no project lies in.
 *
 * @module
 */

/** Version control: the folder is a project, whatever else is in it. */
const REPOSITORIES = new Set(['.git', '.hg', '.jj', '.svn', '.pijul', '_darcs', '.fslckout', '.dsync.json']);

/** The manifest of an ecosystem: the folder is a project, and what lies below belongs to it. */
const MANIFESTS = new Set([
  ...[
    'package.json',
    'deno.json',
    'deno.jsonc',
    'deno.lock',
    'pnpm-workspace.yaml',
    'lerna.json',
    'nx.json',
    'rush.json',
  ],
  ...['pyproject.toml', 'uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile', 'hatch.toml', 'requirements.txt', 'setup.py'],
  ...[
    'setup.cfg',
    'tox.ini',
    'environment.yml',
    'manage.py',
    'go.mod',
    'go.work',
    'Cargo.toml',
    'Gemfile',
    'config.ru',
  ],
  ...['Rakefile', 'pom.xml', 'build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts', 'build.sbt'],
  ...['build.mill', 'build.sc', 'composer.json', 'artisan', 'mix.exs', 'rebar.config', 'gleam.toml', 'pubspec.yaml'],
  ...['Package.swift', 'build.zig', 'CMakeLists.txt', 'meson.build', 'configure.ac', 'stack.yaml', 'cabal.project'],
  ...['deps.edn', 'project.clj', 'shadow-cljs.edn', 'bb.edn', 'Project.toml', 'flake.nix', 'default.nix', 'shell.nix'],
  ...[
    'shard.yml',
    'dune-project',
    'elm.json',
    'spago.yaml',
    'spago.dhall',
    'v.mod',
    'dub.json',
    'dub.sdl',
    'DESCRIPTION',
  ],
  ...['foundry.toml', 'hardhat.config.js', 'hardhat.config.ts', 'Anchor.toml', 'platformio.ini', 'project.godot'],
  ...['WORKSPACE', 'WORKSPACE.bazel', 'MODULE.bazel', 'BUCK', 'pants.toml', 'SConstruct', 'xmake.lua', 'premake5.lua'],
  ...['mkdocs.yml', 'mkdocs.yaml', 'book.toml', '_config.yml', 'hugo.toml', 'hugo.yaml', 'Chart.yaml', 'ansible.cfg'],
  ...[
    'info.rkt',
    'rockspec',
    'Move.toml',
    'Scarb.toml',
    'serverless.yml',
    'Pulumi.yaml',
    'terragrunt.hcl',
    'Vagrantfile',
  ],
]);

const MANIFEST_ENDINGS = [
  ...['.sln', '.slnx', '.csproj', '.fsproj', '.vbproj', '.gemspec', '.cabal', '.tf', '.nimble', '.rockspec'],
  ...['.xcodeproj', '.xcworkspace', '.uproject', '.ipkg', '.lpr', '.gpr'],
];

/** These name a project only where nothing else does, and stand in folders full of projects as well. */
const RUNNERS = new Set([
  ...['Makefile', 'makefile', 'GNUmakefile', 'justfile', 'Justfile', '.justfile', 'Taskfile.yml', 'Taskfile.yaml'],
  ...['mise.toml', '.mise.toml', 'Procfile', 'Procfile.dev', 'compose.yaml', 'compose.yml', 'docker-compose.yml'],
  ...[
    'docker-compose.yaml',
    'Dockerfile',
    '.devcontainer.json',
    '.devcontainer',
    'index.html',
    'index.php',
    'Tiltfile',
  ],
  ...['skaffold.yaml', 'earthfile', 'Earthfile', 'main.py', 'app.py', 'main.go', 'main.lua'],
]);

/** Never entered: installed packages, caches, what tools build. */
const PRUNED = new Set([
  ...['node_modules', 'bower_components', 'jspm_packages', 'vendor', 'site-packages', '__pycache__', '__pypackages__'],
  ...['venv', 'virtualenv', 'target', 'dist', 'build', 'out', 'bin', 'obj', 'deps', '_build', 'elm-stuff', 'Pods'],
  ...[
    'DerivedData',
    'Library',
    'Applications',
    'Caches',
    'Cache',
    'cache',
    'tmp',
    'temp',
    'logs',
    'coverage',
    'lost+found',
  ],
  ...['snap', 'AppData', 'Pictures', 'Music', 'Movies', 'Videos', 'proc', 'sys', 'dev', 'run', '$RECYCLE.BIN'],
]);

export type Mark = 'repository' | 'manifest' | 'runner';

/** What this name, of a file or folder, says of the folder that holds it. */
export function markOf(name: string): Mark | undefined {
  if (MANIFESTS.has(name)) return 'manifest';
  if (REPOSITORIES.has(name)) return 'repository';
  if (RUNNERS.has(name)) return 'runner';
  return name.includes('.') && MANIFEST_ENDINGS.some((ending) => name.endsWith(ending)) ? 'manifest' : undefined;
}

export function isPruned(name: string): boolean {
  return name.startsWith('.') || PRUNED.has(name);
}

/** A tool's cache says so by this file. Source: the Cache Directory Tagging Specification. */
export const CACHE_TAG = 'CACHEDIR.TAG';
