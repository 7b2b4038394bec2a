/**
 * `npm start`: the demo, from a fresh clone. Arguments take its place: `npm start -- status`.
 *
 * @module
 */
import { buildIfStale } from './build.mjs';
import { installDeps } from './install-deps.mjs';
import { ROOT, requireNode, run } from './run.mjs';

requireNode();
await installDeps();
await buildIfStale();
const args = process.argv.slice(2);
// The demo ends by itself when the terminal sends it Ctrl-C; this process waits for it.
process.on('SIGINT', () => undefined);
process.exitCode = await run(process.execPath, [`${ROOT}dist/dsync.js`, ...(args.length > 0 ? args : ['demo'])], {
  stdin: 'inherit',
});
