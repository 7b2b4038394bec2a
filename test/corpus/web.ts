import type { Sample } from './sample.ts';

export const WEB: readonly Sample[] = [
  {
    name: 'rails with bin/dev',
    files: {
      Gemfile: "gem 'rails'\n",
      'bin/dev': '',
      'bin/rails': '',
      'Procfile.dev': 'web: bin/rails server -p $PORT\ncss: bin/rails tailwindcss:watch\n',
      'package.json': '{"name":"app","scripts":{"build":"esbuild"}}',
    },
    kinds: ['rails', 'node', 'procfile'],
    commands: [
      'dev: bin/dev',
      'server: bin/rails server',
      'all: web + css',
      'test: bin/rails test',
      'build: npm run build',
      'web: bin/rails server -p $PORT',
      'css: bin/rails tailwindcss:watch',
      'console: bin/rails console',
    ],
  },
  {
    name: 'rack',
    files: { Gemfile: '', 'config.ru': '', '.rspec': '' },
    kinds: ['ruby'],
    commands: ['serve: bundle exec rackup', 'test: bundle exec rspec'],
  },
  {
    name: 'gem',
    files: { 'x.gemspec': '', Rakefile: '', 'spec/x_spec.rb': '' },
    kinds: ['ruby'],
    commands: ['rake: bundle exec rake', 'test: bundle exec rspec'],
  },
  {
    name: 'laravel',
    files: {
      'composer.json': '{"scripts":{"post-install-cmd":"x","dev":["npx concurrently"],"test":"phpunit"}}',
      artisan: '',
      'package.json': '{"name":"app","scripts":{"dev":"vite","build":"vite build"}}',
    },
    kinds: ['laravel', 'node'],
    commands: [
      'dev: composer run dev',
      'node:dev: npm run dev',
      'serve: php artisan serve',
      'test: composer run test',
      'build: npm run build',
    ],
  },
  {
    name: 'symfony',
    files: { 'composer.json': '{}', 'bin/console': '', 'public/index.php': '' },
    kinds: ['symfony'],
    commands: ['serve: symfony serve'],
  },
  {
    name: 'plain php',
    files: { 'public/index.php': '', 'composer.json': '{}', 'phpunit.xml': '' },
    kinds: ['php'],
    commands: ['serve: php -S localhost:8000 -t public', 'test: vendor/bin/phpunit'],
  },
  {
    name: 'dotnet web',
    files: {
      'Api.csproj': '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>',
      'Properties/launchSettings.json':
        '{"profiles":{"http":{"commandName":"Project"},"https":{"commandName":"Project"},"iis":{"commandName":"IISExpress"}}}',
    },
    kinds: ['dotnet'],
    commands: [
      'dev: dotnet watch run',
      'dev:http: dotnet watch run --launch-profile http',
      'dev:https: dotnet watch run --launch-profile https',
      'test: dotnet test',
      'build: dotnet build',
    ],
  },
  {
    name: 'dotnet solution',
    files: {
      'X.sln':
        'Project("{FAE}") = "App", "src\\App\\App.csproj", "{1}"\nProject("{FAE}") = "Tests", "test\\Tests.csproj", "{2}"\n',
      'src/App/App.csproj': '<Project Sdk="Microsoft.NET.Sdk"><OutputType>Exe</OutputType></Project>',
      'test/Tests.csproj':
        '<Project Sdk="Microsoft.NET.Sdk"><OutputType>Exe</OutputType><PackageReference Include="xunit"/></Project>',
    },
    kinds: ['dotnet'],
    commands: ['dev: dotnet watch run --project src/App/App.csproj', 'test: dotnet test', 'build: dotnet build'],
  },
  {
    name: 'phoenix',
    files: { 'mix.exs': 'defp deps, do: [{:phoenix, "~> 1.7"}]' },
    kinds: ['elixir'],
    commands: ['dev: mix phx.server', 'dev:iex: iex -S mix phx.server', 'test: mix test'],
  },
  {
    name: 'elixir',
    files: { 'mix.exs': 'defp deps, do: [] # {:phoenix, "x"}' },
    kinds: ['elixir'],
    commands: ['run: mix run --no-halt', 'test: mix test'],
  },
  {
    name: 'erlang',
    files: { 'rebar.config': '' },
    kinds: ['erlang'],
    commands: ['run: rebar3 shell', 'test: rebar3 eunit'],
  },
  { name: 'gleam', files: { 'gleam.toml': '' }, kinds: ['gleam'], commands: ['run: gleam run', 'test: gleam test'] },
  {
    name: 'flutter',
    files: { 'pubspec.yaml': 'dependencies:\n  flutter:\n    sdk: flutter\n' },
    kinds: ['flutter'],
    commands: ['run: flutter run', 'test: flutter test'],
  },
  {
    name: 'dart',
    files: { 'pubspec.yaml': 'name: x\n' },
    kinds: ['dart'],
    commands: ['run: dart run', 'test: dart test'],
  },
  {
    name: 'elm',
    files: { 'elm.json': '{}' },
    kinds: ['elm'],
    commands: ['dev: elm reactor', 'build: elm make src/Main.elm'],
  },
  {
    name: 'julia',
    files: { 'Project.toml': '' },
    kinds: ['julia'],
    commands: ['run: julia --project=.', "test: julia --project=. -e 'using Pkg; Pkg.test()'"],
  },
  {
    name: 'terraform',
    files: { 'main.tf': '' },
    kinds: ['terraform'],
    commands: ['run: terraform plan', 'test: terraform validate'],
  },
  {
    name: 'nix',
    files: { 'flake.nix': '' },
    kinds: ['nix'],
    commands: ['run: nix run', 'test: nix flake check', 'build: nix build'],
  },
  {
    name: 'helm',
    files: { 'Chart.yaml': '' },
    kinds: ['helm'],
    commands: ['run: helm template .', 'test: helm lint .'],
  },
  { name: 'hugo', files: { 'hugo.toml': '', 'content/a.md': '' }, kinds: ['hugo'], commands: ['serve: hugo server'] },
  {
    name: 'jekyll',
    files: { '_config.yml': '', Gemfile: '' },
    kinds: ['jekyll', 'ruby'],
    commands: ['serve: bundle exec jekyll serve'],
  },
  { name: 'mkdocs', files: { 'mkdocs.yml': '' }, kinds: ['mkdocs'], commands: ['serve: mkdocs serve'] },
  { name: 'mdbook', files: { 'book.toml': '' }, kinds: ['mdbook'], commands: ['serve: mdbook serve'] },
  { name: 'a static page', files: { 'index.html': '' }, kinds: ['static'], commands: ['serve: npx serve'] },
];
