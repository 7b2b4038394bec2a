/**
 * The package script that runs: package managers write over their own arguments, and tell all in the environment of what
 * they start.
 *
 * Source: npm 11, pnpm 10, yarn 1 and 4, bun 1: `npm_lifecycle_event`, `npm_lifecycle_script`, `npm_package_json`,
 * `npm_config_user_agent`, `INIT_CWD`.
 *
 * @module
 */
import { dirname } from 'node:path';
import { quoteWord, quoteWords } from '../../platform/quote-words.ts';

export interface PackageScript {
  readonly runner: 'npm' | 'pnpm' | 'yarn' | 'bun';
  readonly name: string;
  /** Of its package.json. */
  readonly dir: string;
  /** What was given to the script; null where that cannot be told. */
  readonly args: readonly string[] | null;
}

/** Pure. @param argv of what runs the script, which is `sh -c SCRIPT` with npm, pnpm and yarn */
export function packageScript(env: ReadonlyMap<string, string>, argv: readonly string[]): PackageScript | undefined {
  const name = env.get('npm_lifecycle_event');
  const json = env.get('npm_package_json');
  const runner = runnerOf(env.get('npm_config_user_agent') ?? '');
  if (!name || !json?.startsWith('/') || runner === undefined) return undefined;
  // `npx x` is a lifecycle of its own name, and no script.
  if (name === 'npx') return undefined;
  return { runner, name, dir: dirname(json), args: argsOf(env.get('npm_lifecycle_script'), argv) };
}

/** Pure. The line that runs it again, from this folder. */
export function scriptLine({ runner, name, dir, args }: PackageScript, cwd: string): string {
  const isThere = cwd === dir || cwd.startsWith(`${dir}/`);
  const place: Readonly<Record<PackageScript['runner'], readonly string[]>> = {
    npm: ['--prefix', dir],
    pnpm: ['-C', dir],
    yarn: ['--cwd', dir],
    bun: ['--cwd', dir],
  };
  const words = [runner, ...(isThere ? [] : place[runner]), 'run', name];
  const own = args ?? [];
  return [quoteWords([...words, ...(runner === 'npm' && own.length > 0 ? ['--'] : [])]), ...own.map(quoteWord)].join(
    ' ',
  );
}

function runnerOf(agent: string): PackageScript['runner'] | undefined {
  const [, name] = /^(npm|pnpm|yarn|bun)\//.exec(agent) ?? [];
  return name as PackageScript['runner'] | undefined;
}

/** The arguments stand quoted behind the script's own text. */
function argsOf(script: string | undefined, argv: readonly string[]): string[] | null {
  const line = argv[1] === '-c' ? argv[2] : undefined;
  if (script === undefined || line === undefined || !line.startsWith(script)) return null;
  const rest = line.slice(script.length).trim();
  if (rest === '') return [];
  const words = [...rest.matchAll(/'((?:[^']|'\\'')*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)/g)];
  return words.map(([, single, double, plain]) =>
    single !== undefined ? single.replaceAll("'\\''", "'") : (double?.replace(/\\(.)/g, '$1') ?? plain ?? ''),
  );
}
