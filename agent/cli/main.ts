/**
 * `dsync`: reads the command line and runs one command.
 *
 * @module
 */
import { runProgram } from '../../platform/run-program.ts';
import { createProgram } from './program.ts';

await runProgram('dsync', createProgram);
