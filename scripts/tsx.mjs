import { buildIfStale } from './build.mjs';
import { installDeps } from './install-deps.mjs';
import { bin, requireNode, run } from './run.mjs';

/** Runs a TypeScript program of this checkout against an up-to-date build; resolves with its exit code. */
export async function runTypeScript(path, args) {
  requireNode();
  await installDeps();
  await buildIfStale();
  return run(bin('tsx'), [path, ...args], { stdin: 'inherit' });
}
