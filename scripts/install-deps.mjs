/**
 * The npm packages of the lock file, installed once.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { ROOT, run, say } from './run.mjs';

const FLAGS = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Installs where packages are missing or older than the lock file; exits with npm's code if that fails.
 *
 * `--include=dev` and the log level are set here, since NODE_ENV and an outer `npm --silent` would change them.
 */
export async function installDeps() {
  const installedAt = mtimeOf('node_modules/.package-lock.json');
  if (installedAt !== undefined && installedAt >= (mtimeOf('package-lock.json') ?? 0)) return;
  say(`${installedAt === undefined ? 'no npm packages yet' : 'package-lock.json has changed'}: running npm ci`);
  let code = await run('npm', ['ci', ...FLAGS]);
  if (code !== 0) {
    // `npm ci` refuses a lock file that lacks another platform's packages, and some registries do not carry all of them.
    say(`npm ci failed (exit code ${code}): running npm install`);
    code = await run('npm', ['install', '--no-save', ...FLAGS]);
  }
  if (code === 0) return;
  say(`npm install failed (exit code ${code}); nothing else was done`);
  process.exit(code);
}

function mtimeOf(path) {
  return statSync(`${ROOT}${path}`, { throwIfNoEntry: false })?.mtimeMs;
}
