/**
 * `npm run soak`: the simulator's long run. Arguments go to test/soak.ts.
 *
 * @module
 */
import { runTypeScript } from './tsx.mjs';

process.exitCode = await runTypeScript('test/soak.ts', process.argv.slice(2));
