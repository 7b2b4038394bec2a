/**
 * Ecosystems with one obvious way to run, build and test: a table.
 *
 * @module
 */
import { command, type Detector, SCORE, words } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

interface Simple {
  readonly kind: string;
  /** Names, or endings that start with `*`. */
  readonly markers: readonly string[];
  readonly run?: string;
  readonly dev?: string;
  readonly port?: number;
  /** Before another number; without it, the command listens where it wants. */
  readonly portFlag?: readonly string[];
  readonly build?: string;
  readonly test?: string;
  /** What must be there as well. */
  readonly needs?: (files: ProjectFiles) => boolean;
}

const hasText =
  (file: string, pattern: RegExp) =>
  (files: ProjectFiles): boolean =>
    pattern.test(files.text(file) ?? '');

const TABLE: readonly Simple[] = [
  {
    kind: 'flutter',
    markers: ['pubspec.yaml'],
    run: 'flutter run',
    test: 'flutter test',
    needs: hasText('pubspec.yaml', /^\s*sdk:\s*flutter|^flutter:/m),
  },
  {
    kind: 'dart',
    markers: ['pubspec.yaml'],
    run: 'dart run',
    test: 'dart test',
    needs: (files) => !hasText('pubspec.yaml', /^\s*sdk:\s*flutter|^flutter:/m)(files),
  },
  { kind: 'swift', markers: ['Package.swift'], run: 'swift run', build: 'swift build', test: 'swift test' },
  { kind: 'zig', markers: ['build.zig'], run: 'zig build run', build: 'zig build', test: 'zig build test' },
  {
    kind: 'cmake',
    markers: ['CMakeLists.txt'],
    build: 'cmake -S . -B build && cmake --build build',
    test: 'ctest --test-dir build',
  },
  {
    kind: 'meson',
    markers: ['meson.build'],
    build: 'meson setup build && meson compile -C build',
    test: 'meson test -C build',
  },
  { kind: 'autotools', markers: ['configure.ac', 'configure'], build: './configure && make', test: 'make check' },
  { kind: 'haskell', markers: ['stack.yaml'], run: 'stack run', build: 'stack build', test: 'stack test' },
  {
    kind: 'haskell',
    markers: ['cabal.project', '*.cabal'],
    run: 'cabal run',
    build: 'cabal build',
    test: 'cabal test',
    needs: (files) => !files.has('stack.yaml'),
  },
  { kind: 'clojure', markers: ['project.clj'], run: 'lein run', test: 'lein test' },
  {
    kind: 'clojure',
    markers: ['deps.edn'],
    run: 'clojure -M:run',
    test: 'clojure -X:test',
    needs: hasText('deps.edn', /:run\b/),
  },
  { kind: 'clojure', markers: ['deps.edn'], run: 'clojure', needs: (files) => !hasText('deps.edn', /:run\b/)(files) },
  { kind: 'clojurescript', markers: ['shadow-cljs.edn'], dev: 'npx shadow-cljs watch app' },
  {
    kind: 'julia',
    markers: ['Project.toml'],
    run: 'julia --project=.',
    test: "julia --project=. -e 'using Pkg; Pkg.test()'",
  },
  {
    kind: 'r',
    markers: ['DESCRIPTION'],
    test: "Rscript -e 'devtools::test()'",
    needs: hasText('DESCRIPTION', /^Package:/m),
  },
  { kind: 'ocaml', markers: ['dune-project'], build: 'dune build', test: 'dune test' },
  { kind: 'nim', markers: ['*.nimble'], run: 'nimble run', build: 'nimble build', test: 'nimble test' },
  { kind: 'crystal', markers: ['shard.yml'], run: 'shards run', build: 'shards build', test: 'crystal spec' },
  { kind: 'v', markers: ['v.mod'], run: 'v run .', test: 'v test .' },
  { kind: 'd', markers: ['dub.json', 'dub.sdl'], run: 'dub run', build: 'dub build', test: 'dub test' },
  {
    kind: 'elm',
    markers: ['elm.json'],
    dev: 'elm reactor',
    port: 8000,
    portFlag: ['--port'],
    build: 'elm make src/Main.elm',
  },
  {
    kind: 'purescript',
    markers: ['spago.yaml', 'spago.dhall'],
    run: 'spago run',
    build: 'spago build',
    test: 'spago test',
  },
  { kind: 'racket', markers: ['info.rkt'], run: 'racket main.rkt', test: 'raco test .' },
  { kind: 'lua', markers: ['main.lua'], run: 'love .', needs: (files) => files.has('conf.lua') },
  { kind: 'solidity', markers: ['foundry.toml'], build: 'forge build', test: 'forge test' },
  { kind: 'godot', markers: ['project.godot'], run: 'godot --path .' },
  {
    kind: 'platformio',
    markers: ['platformio.ini'],
    run: 'pio run --target upload',
    build: 'pio run',
    test: 'pio test',
  },
  {
    kind: 'bazel',
    markers: ['MODULE.bazel', 'WORKSPACE', 'WORKSPACE.bazel'],
    build: 'bazel build //...',
    test: 'bazel test //...',
  },
  // Never apply: what a picker runs must not change what others use.
  { kind: 'terraform', markers: ['*.tf'], run: 'terraform plan', test: 'terraform validate' },
  { kind: 'pulumi', markers: ['Pulumi.yaml'], run: 'pulumi preview' },
  { kind: 'helm', markers: ['Chart.yaml'], run: 'helm template .', test: 'helm lint .' },
  { kind: 'ansible', markers: ['ansible.cfg'], test: 'ansible-lint' },
  { kind: 'vagrant', markers: ['Vagrantfile'], run: 'vagrant up' },
  { kind: 'nix', markers: ['flake.nix'], run: 'nix run', build: 'nix build', test: 'nix flake check' },
  { kind: 'nix', markers: ['shell.nix', 'default.nix'], run: 'nix-shell', needs: (files) => !files.has('flake.nix') },
  { kind: 'xcode', markers: ['*.xcworkspace', '*.xcodeproj'], build: 'xcodebuild build', test: 'xcodebuild test' },
];

export const SIMPLE_DETECTORS: readonly Detector[] = TABLE.map((entry) => (files) => detectSimple(entry, files));

function detectSimple(entry: Simple, files: ProjectFiles): ReturnType<Detector> {
  const { kind, run, dev, port, portFlag, build, test, needs } = entry;
  const marker = markerOf(entry, files);
  if (marker === undefined || needs?.(files) === false) return undefined;
  const hint =
    port === undefined ? {} : { port: { number: port, ...(portFlag === undefined ? {} : { flag: portFlag }) } };
  const part = (name: string, line: string | undefined, score: number) =>
    line === undefined
      ? []
      : [command(name, needsShell(line) ? line : words(line), marker, { score, ...(name === 'dev' ? hint : {}) })];
  const commands = [
    ...part('dev', dev, SCORE.main),
    ...part('run', run, SCORE.main - 1),
    ...part('test', test, SCORE.test),
    ...part('build', build, SCORE.build),
  ];
  return { kind, marker, commands };
}

function markerOf({ markers }: Simple, { names }: ProjectFiles): string | undefined {
  for (const marker of markers) {
    if (!marker.startsWith('*')) {
      if (names.has(marker)) return marker;
      continue;
    }
    const found = [...names].find((name) => name.length > marker.length - 1 && name.endsWith(marker.slice(1)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function needsShell(line: string): boolean {
  return /[&|;'"$]/.test(line);
}
