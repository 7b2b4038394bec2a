/**
 * `npm run check`: types, style, unused code and unit tests, in under a minute.
 *
 * @module
 */
import { runChecks } from './checks.mjs';
import { installDeps } from './install-deps.mjs';
import { requireNode } from './run.mjs';
import { runVitest } from './vitest.mjs';

requireNode();
await installDeps();
const failed = await runChecks();
const { code, passed } = await runVitest(['--project', 'unit', ...process.argv.slice(2)]);
process.exit(failed.length > 0 || passed === 0 ? 1 : code);
