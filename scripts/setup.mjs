/**
 * `npm run setup`: sets this machine up from a clone. Arguments go to `dsync setup`.
 *
 * @module
 */
import { buildIfStale } from './build.mjs';
import { installDeps } from './install-deps.mjs';
import { ROOT, requireNode, run } from './run.mjs';

requireNode();
await installDeps();
await buildIfStale();
process.exitCode = await run(process.execPath, [`${ROOT}dist/dsync.js`, 'setup', ...process.argv.slice(2)], {
  stdin: 'inherit',
});
