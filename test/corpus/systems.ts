import type { Sample } from './sample.ts';

export const SYSTEMS: readonly Sample[] = [
  {
    name: 'go, main at the top',
    files: { 'go.mod': 'module example.com/x\n', 'main.go': '' },
    kinds: ['go'],
    commands: ['run: go run .', 'test: go test ./...', 'build: go build ./...'],
  },
  {
    name: 'go with cmd, one called as the module',
    files: { 'go.mod': 'module example.com/acme/shop/v2\n', 'cmd/admin/main.go': '', 'cmd/shop/main.go': '' },
    kinds: ['go'],
    commands: [
      'run:shop: go run ./cmd/shop',
      'run:admin: go run ./cmd/admin',
      'test: go test ./...',
      'build: go build ./...',
    ],
  },
  {
    name: 'go with air',
    files: { 'go.mod': 'module x\n', '.air.toml': '', 'cmd/api/main.go': '' },
    kinds: ['go'],
    commands: ['dev: air', 'run:api: go run ./cmd/api', 'test: go test ./...', 'build: go build ./...'],
  },
  {
    name: 'rust program',
    files: { 'Cargo.toml': '[package]\nname = "x"\n', 'src/main.rs': '', 'examples/demo.rs': '' },
    kinds: ['rust'],
    commands: ['run: cargo run', 'test: cargo test', 'build: cargo build', 'example:demo: cargo run --example demo'],
  },
  {
    name: 'rust with several programs',
    files: {
      'Cargo.toml': '[package]\nname = "x"\ndefault-run = "srv"\n',
      'src/bin/cli.rs': '',
      'src/bin/srv.rs': '',
      'bacon.toml': '',
    },
    kinds: ['rust'],
    commands: [
      'run: cargo run',
      'run:cli: cargo run --bin cli',
      'watch: bacon',
      'test: cargo test',
      'build: cargo build',
    ],
  },
  {
    name: 'rust library',
    files: { 'Cargo.toml': '[package]\nname = "x"\n', 'src/lib.rs': '' },
    kinds: ['rust'],
    commands: ['test: cargo test', 'build: cargo build'],
  },
  {
    name: 'cmake',
    files: { 'CMakeLists.txt': '', Makefile: 'all:\n\tcc x.c\n' },
    kinds: ['cmake', 'make'],
    commands: ['test: ctest --test-dir build', 'build: cmake -S . -B build && cmake --build build', 'all: make all'],
  },
  {
    name: 'meson',
    files: { 'meson.build': '' },
    kinds: ['meson'],
    commands: ['test: meson test -C build', 'build: meson setup build && meson compile -C build'],
  },
  {
    name: 'zig',
    files: { 'build.zig': '' },
    kinds: ['zig'],
    commands: ['run: zig build run', 'test: zig build test', 'build: zig build'],
  },
  {
    name: 'swift',
    files: { 'Package.swift': '' },
    kinds: ['swift'],
    commands: ['run: swift run', 'test: swift test', 'build: swift build'],
  },
  {
    name: 'haskell by stack',
    files: { 'stack.yaml': '', 'x.cabal': '' },
    kinds: ['haskell'],
    commands: ['run: stack run', 'test: stack test', 'build: stack build'],
  },
  {
    name: 'haskell by cabal',
    files: { 'x.cabal': '' },
    kinds: ['haskell'],
    commands: ['run: cabal run', 'test: cabal test', 'build: cabal build'],
  },
  {
    name: 'ocaml',
    files: { 'dune-project': '' },
    kinds: ['ocaml'],
    commands: ['test: dune test', 'build: dune build'],
  },
  {
    name: 'nim',
    files: { 'x.nimble': '' },
    kinds: ['nim'],
    commands: ['run: nimble run', 'test: nimble test', 'build: nimble build'],
  },
  {
    name: 'crystal',
    files: { 'shard.yml': '' },
    kinds: ['crystal'],
    commands: ['run: shards run', 'test: crystal spec', 'build: shards build'],
  },
  {
    name: 'd',
    files: { 'dub.json': '{}' },
    kinds: ['d'],
    commands: ['run: dub run', 'test: dub test', 'build: dub build'],
  },
  {
    name: 'bazel',
    files: { 'MODULE.bazel': '' },
    kinds: ['bazel'],
    commands: ['test: bazel test //...', 'build: bazel build //...'],
  },
  {
    name: 'solidity',
    files: { 'foundry.toml': '' },
    kinds: ['solidity'],
    commands: ['test: forge test', 'build: forge build'],
  },
];
