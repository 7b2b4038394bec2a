import { fieldsOf, textOf, textsOf } from '../core/shape.ts';
import { command, type Finding, SCORE, scriptScore } from './finding.ts';
import type { ProjectFiles } from './project-files.ts';

/** Composer runs these by itself. */
const HOOK = /^(pre|post)-/;

/** PHP: a `dev` script, Laravel, Symfony, PHP's own server. */
export function detectPhp(files: ProjectFiles): Finding | undefined {
  const marker = ['composer.json', 'artisan', 'bin/console', 'index.php'].find((name) => files.has(name));
  if (marker === undefined) return undefined;
  const manifest = files.has('composer.json') ? files.json('composer.json') : undefined;
  const scripts = Object.entries(fieldsOf(manifest?.scripts))
    .filter(([name]) => !HOOK.test(name))
    .map(([name, value]) => {
      const body = textOf(value) ?? textsOf(value).join(' && ');
      return command(name, ['composer', 'run', name], `composer.json#scripts.${name}`, {
        score: scriptScore(name),
        body,
      });
    });
  const port = { number: 8000, flag: ['--port'] };
  const folder = ['public', 'web', 'htdocs'].find((name) => files.has(`${name}/index.php`));
  const plain = folder !== undefined || files.has('index.php');
  const server = files.has('artisan')
    ? command('serve', ['php', 'artisan', 'serve'], 'artisan', { port })
    : files.has('bin/console')
      ? command('serve', ['symfony', 'serve'], 'bin/console', { port })
      : plain
        ? command(
            'serve',
            ['php', '-S', 'localhost:8000', ...(folder === undefined ? [] : ['-t', folder])],
            folder === undefined ? 'index.php' : `${folder}/index.php`,
            { score: SCORE.guess, port: { number: 8000 } },
          )
        : undefined;
  const phpunit = ['phpunit.xml', 'phpunit.xml.dist'].find((name) => files.has(name));
  const hasTest = scripts.some(({ name }) => name === 'test');
  const test = files.has('artisan') ? ['php', 'artisan', 'test'] : ['vendor/bin/phpunit'];
  return {
    kind: files.has('artisan') ? 'laravel' : files.has('bin/console') ? 'symfony' : 'php',
    marker,
    commands: [
      ...scripts,
      ...(server === undefined ? [] : [server]),
      ...(phpunit === undefined || hasTest ? [] : [command('test', test, phpunit, { score: SCORE.test })]),
    ],
  };
}
