/**
 * `npm run bench`: measures this checkout's build. Arguments go to bench/run.ts.
 *
 * @module
 */
import { runTypeScript } from './tsx.mjs';

process.exitCode = await runTypeScript('bench/run.ts', process.argv.slice(2));
