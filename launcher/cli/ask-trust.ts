import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { visible } from '../../platform/visible.ts';
import { type Command, commandText, runText } from '../core/command.ts';
import { trust, untrusted } from '../launch/trust.ts';

/**
 * Passes once the user has agreed to run these, now or before.
 *
 * @throws {DsyncError} NOT_TRUSTED there is nobody to ask, or the answer is no; nothing was started
 */
export async function askTrust(
  cli: Cli,
  { name, path }: { readonly name: string; readonly path: string },
  commands: readonly Command[],
  { yes = false }: { readonly yes?: boolean } = {},
): Promise<void> {
  const unseen = untrusted(cli.home, path, commands);
  if (unseen.length === 0) return;
  if (!yes) {
    if (!cli.canAsk) {
      throw new DsyncError(
        'NOT_TRUSTED',
        `Nobody has agreed yet to run this of ${name}: ${unseen.map(commandText).join('; ')}`,
        {
          cure: `Look at it and agree: dlaunch trust ${name}`,
        },
      );
    }
    cli.note(`${cli.colors.bold(visible(name))} would run for the first time, or what it runs has changed:`);
    for (const command of unseen) cli.note(`  ${visible(describe(command))}`);
    const { confirm } = await import('@inquirer/prompts');
    const context = { signal: cli.signal, output: process.stderr };
    if (!(await confirm({ message: 'Run it, and trust it from now on?', default: false }, context))) {
      throw new DsyncError('NOT_TRUSTED', `${name} was not trusted. Nothing was started.`);
    }
  }
  await trust(cli.home, path, unseen);
}

/** With all that decides what happens: what a script is, the environment, what runs before. */
export function describe(command: Command): string {
  const { body, env = {}, before = [], source } = command;
  const parts = [
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    commandText(command),
    ...(body === undefined ? [] : [`which is: ${body}`]),
    ...before.map((run) => `after: ${runText(run)}`),
    `(${source})`,
  ];
  return parts.join('  ');
}
