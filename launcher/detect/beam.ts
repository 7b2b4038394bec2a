import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Elixir (with umbrellas), Erlang and Gleam. */
export function detectBeam(files: ProjectFiles): Finding | undefined {
  const mix = files.text('mix.exs');
  if (mix !== undefined) {
    const plain = mix.replace(/#.*$/gm, '');
    const isUmbrella = /apps_path:/.test(plain);
    const members = isUmbrella ? ['apps/*'] : [];
    const hasPhoenix =
      /\{:phoenix\s*,/.test(plain) || (isUmbrella && files.list('apps').some((app) => app.endsWith('_web')));
    const port = { number: 4000 };
    const runs = hasPhoenix
      ? [
          command('dev', ['mix', 'phx.server'], 'mix.exs, which has Phoenix', { port }),
          command('dev:iex', ['iex', '-S', 'mix', 'phx.server'], 'mix.exs, which has Phoenix', {
            score: SCORE.guess,
            role: 'serve',
            port,
          }),
        ]
      : [command('run', ['mix', 'run', '--no-halt'], 'mix.exs', { score: SCORE.guess })];
    const test = command('test', ['mix', 'test'], 'mix.exs', { score: SCORE.test });
    return { kind: 'elixir', marker: 'mix.exs', commands: [...runs, test], members };
  }
  if (files.has('gleam.toml')) {
    const test = command('test', ['gleam', 'test'], 'gleam.toml', { score: SCORE.test });
    return { kind: 'gleam', marker: 'gleam.toml', commands: [command('run', ['gleam', 'run'], 'gleam.toml'), test] };
  }
  if (!files.has('rebar.config')) return undefined;
  const test = command('test', ['rebar3', 'eunit'], 'rebar.config', { score: SCORE.test });
  return {
    kind: 'erlang',
    marker: 'rebar.config',
    commands: [command('run', ['rebar3', 'shell'], 'rebar.config'), test],
  };
}
