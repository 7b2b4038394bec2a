/**
 * `switch-host HOST`: `dsync handoff connect HOST` by a shorter name.
 *
 * @module
 */
import { runProgram } from '../../platform/run-program.ts';
import { createProgram } from './program.ts';

await runProgram('switch-host', createProgram);
