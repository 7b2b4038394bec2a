import type { Cli } from './cli.ts';
import { DsyncError, messageOf } from './failure.ts';
import { visibleLines } from './visible.ts';

/** `dsync: message` and the cure below it; the stack only with DSYNC_DEBUG. */
export function reportError(
  error: unknown,
  { note, colors }: Pick<Cli, 'note' | 'colors'>,
  { program = 'dsync' } = {},
): void {
  note(`${colors.red(`${program}:`)} ${visibleLines(messageOf(error))}`);
  const known = error instanceof DsyncError ? error : new DsyncError('INTERNAL', messageOf(error));
  note(`  ${visibleLines(known.cure)}`);
  if (process.env.DSYNC_DEBUG) note(String(error instanceof Error ? (error.stack ?? error) : error));
}
