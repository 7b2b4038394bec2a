/**
 * `dtest`: the acceptance test that users run on their own hosts.
 *
 * @module
 */
import { runProgram } from '../../platform/run-program.ts';
import { createProgram } from './program.ts';

await runProgram('dtest', createProgram);
