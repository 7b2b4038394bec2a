import { createSetupContext, planSetup, planUninstall } from '../../install.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { applyChanges, type Change, type Step } from '../setup/change.ts';
import type { SetupOptions } from './setup-commands.ts';

const EXIT_INTERRUPTED = 130;

export async function setup(cli: Cli, given: SetupOptions): Promise<number> {
  try {
    return await planAndApply(cli, given);
  } catch (error) {
    // Ctrl-C at a question.
    if (error instanceof Error && error.name === 'ExitPromptError') return EXIT_INTERRUPTED;
    throw error;
  }
}

async function planAndApply(cli: Cli, given: SetupOptions): Promise<ExitCode> {
  if (given.purge && !given.uninstall)
    throw new DsyncError('BAD_INPUT', '--purge goes with --uninstall', { cure: 'dsync setup --uninstall --purge' });
  const context = createSetupContext(cli);
  const asks = cli.canAsk && !given.yes && !given.dryRun && !given.json;
  const options =
    asks && !given.uninstall ? await (await import('./ask-setup.ts')).askSetup(cli, given, context) : given;
  const steps = options.uninstall ? await planUninstall(options, context) : await planSetup(options, context);
  const changes = steps.flatMap((step) => step.changes);
  const done = new Map<Change, string | undefined>();
  if (!options.json) printPlan(cli, steps, { dryRun: options.dryRun === true, asks });
  if (!options.dryRun && changes.length > 0) {
    if (asks && !(await isWanted(cli, changes.length))) {
      cli.note('Nothing was changed.');
      return 1;
    }
    await applyChanges(changes, {
      onDone: (change, note) => {
        done.set(change, note);
        if (options.json) return;
        cli.print(`${cli.colors.green('✓')} ${change.what}${note === undefined ? '' : ` (${note})`}`);
      },
      onTakenBack: (taken) => {
        for (const { what } of taken) cli.note(`${cli.colors.yellow('↶')} taken back: ${what}`);
        if (!options.uninstall) context.ledger.removeCreated({ forget: false });
      },
      signal: cli.signal,
    });
  }
  if (options.json) cli.printJson(toJson(steps, done));
  else if (changes.length === 0)
    cli.print(options.uninstall ? 'There is nothing to take back.' : 'All is as it should be.');
  else if (!options.dryRun && !options.uninstall) printNext(cli, steps);
  return 0;
}

function printPlan(
  { print, note, colors }: Cli,
  steps: readonly Step[],
  { dryRun, asks }: { readonly dryRun: boolean; readonly asks: boolean },
): void {
  for (const { right, notes, changes } of steps) {
    for (const text of right) note(`${colors.dim('=')} ${text}`);
    for (const text of notes) note(`${colors.yellow('!')} ${text}`);
    for (const { what } of changes) {
      if (dryRun) print(`would ${what}`);
      else if (asks) note(`${colors.cyan('+')} ${what}`);
    }
  }
}

function printNext({ note }: Cli, steps: readonly Step[]): void {
  const changed = (name: string): boolean => steps.some((step) => step.name === name && step.changes.length > 0);
  if (changed('shell')) note('Open a new shell for the commands and their completion.');
  if (!changed('hosts') && !steps.some(({ name }) => name === 'hosts')) note('Link to a host: dsync host add NAME');
  note('See how it goes: dsync status');
}

async function isWanted(cli: Cli, count: number): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts');
  const message = count === 1 ? 'Do this?' : `Do these ${count} things?`;
  return confirm({ message, default: true }, { output: process.stderr, signal: cli.signal });
}

function toJson(steps: readonly Step[], done: ReadonlyMap<Change, string | undefined>): object {
  return {
    steps: steps.map(({ name, changes, right, notes }) => ({
      name,
      changes: changes.map((change) => ({
        what: change.what,
        done: done.has(change),
        ...(done.get(change) !== undefined && { note: done.get(change) }),
      })),
      right,
      notes,
    })),
    changed: done.size,
  };
}
