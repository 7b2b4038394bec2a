/**
 * The command line of `switch-host`.
 *
 * @module
 */
import type { Command } from 'commander';
import { createBaseProgram } from '../../platform/base-program.ts';
import type { Execute } from '../../platform/cli.ts';

export function createProgram(_execute: Execute): Command {
  return createBaseProgram('switch-host', 'Stand up here, sit down there: your terminal session on another host.');
}
