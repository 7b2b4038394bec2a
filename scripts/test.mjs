/**
 * `npm test`: all that is checked, from a fresh clone. Arguments go to vitest. The last line says `N passed, N failed`;
 * a check that failed counts as a failed test.
 *
 * @module
 */
import { buildOrExit } from './build.mjs';
import { runChecks } from './checks.mjs';
import { installDeps } from './install-deps.mjs';
import { requireNode, say } from './run.mjs';
import { installSystemParts } from './system-parts.mjs';
import { runVitest } from './vitest.mjs';

let summary = '0 passed, 1 failed';
// Whatever ends this early (no packages, no build) is a failure, and the last line says so.
process.on('exit', () => console.log(summary));

requireNode();
await installDeps();
await installSystemParts();
await buildOrExit();
const failedChecks = await runChecks();
const { code, passed, failed } = await runVitest(process.argv.slice(2));

if (failedChecks.length > 0) say(`failed besides the tests: ${failedChecks.join(', ')}`);
if (passed + failed === 0) say('no test was run');
summary = `${passed} passed, ${failed + failedChecks.length} failed`;
process.exitCode = failedChecks.length > 0 || failed > 0 || passed === 0 ? 1 : code;
