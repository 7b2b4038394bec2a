import { command, type Finding, SCORE } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

const RAILS_PORT = { number: 3000, flag: ['--port'] };

/** Ruby: `bin/dev`, Rails, Rack, Rake, in this order. */
export function detectRuby(files: ProjectFiles): Finding | undefined {
  const gemspec = [...files.names].find((name) => name.endsWith('.gemspec'));
  const marker = ['Gemfile', 'config.ru', 'Rakefile'].find((name) => files.has(name)) ?? gemspec;
  if (marker === undefined) return undefined;
  const gems = `${files.text('Gemfile') ?? ''}\n${files.text('Gemfile.lock') ?? ''}`;
  const isRails = files.has('bin/rails') || /^\s*gem\s+['"]rails['"]/m.test(gems);
  const rails = files.has('bin/rails') ? ['bin/rails'] : ['bundle', 'exec', 'rails'];
  const hasSpecs = files.has('spec') || files.has('.rspec');
  return {
    kind: isRails ? 'rails' : 'ruby',
    marker,
    commands: [
      ...(files.has('bin/dev')
        ? [command('dev', ['bin/dev'], 'bin/dev', { score: SCORE.script, port: { number: 3000 } })]
        : []),
      ...(isRails
        ? [
            command('server', [...rails, 'server'], isRailsFrom(files), { role: 'serve', port: RAILS_PORT }),
            command('console', [...rails, 'console'], isRailsFrom(files), { score: SCORE.other + 1 }),
          ]
        : []),
      ...(files.has('config.ru') && !isRails
        ? [command('serve', ['bundle', 'exec', 'rackup'], 'config.ru', { port: { number: 9292, flag: ['-p'] } })]
        : []),
      ...(files.has('Rakefile') && !isRails
        ? [command('rake', ['bundle', 'exec', 'rake'], 'Rakefile', { score: SCORE.guess })]
        : []),
      ...(hasSpecs
        ? [command('test', ['bundle', 'exec', 'rspec'], files.has('spec') ? 'spec' : '.rspec', { score: SCORE.test })]
        : isRails
          ? [command('test', [...rails, 'test'], isRailsFrom(files), { score: SCORE.test })]
          : []),
    ],
  };
}

function isRailsFrom(files: ProjectFiles): string {
  return files.has('bin/rails') ? 'bin/rails' : 'Gemfile, which has rails';
}
