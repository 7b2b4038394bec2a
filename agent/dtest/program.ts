import { type Command, InvalidArgumentError } from 'commander';
import { createBaseProgram } from '../../platform/base-program.ts';
import type { Execute } from '../../platform/cli.ts';
import { addCompletionCommand, HOST_NAMES } from '../../platform/completion-command.ts';
import { SCENARIO_NAMES } from './scenario-names.ts';

export interface DtestOptions {
  readonly json?: true;
  readonly scenario?: readonly number[];
}

export function createProgram(execute: Execute): Command {
  const program = createBaseProgram(
    'dtest',
    'Proves on your own hosts that dsync works, in folders that it removes again.',
  )
    .argument('[host]', 'a host of `dsync host ls`; two hosts on this machine alone if absent')
    .option('-s, --scenario <n>', 'this one alone; may be given more than once', collectScenario)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Scenarios:
${SCENARIO_NAMES.map((name, i) => `  ${String(i + 1).padStart(2)}  ${name}`).join('\n')}

Example:
  dtest                     try everything on this machine alone
  dtest gpu                 with the host gpu, over its real link
  dtest gpu --scenario 10   how fast it is

Exit codes: 0 all passed; 1 something failed; 2 wrong usage; 3 nothing failed, but not everything could be tried.`,
    )
    .action((host: string | undefined, options: DtestOptions) =>
      execute(async (cli) => (await import('./dtest.ts')).dtest(cli, host, options)),
    );
  addCompletionCommand(program, execute, { argumentsFrom: HOST_NAMES });
  return program;
}

function collectScenario(text: string, before: readonly number[] = []): readonly number[] {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > SCENARIO_NAMES.length)
    throw new InvalidArgumentError(`It should be a number from 1 to ${SCENARIO_NAMES.length}.`);
  return [...before, number];
}
