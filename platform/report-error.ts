import type { Cli } from './cli.ts';
import { DsyncError, messageOf } from './failure.ts';

/** `dsync: message` and the cure below it; the stack only with DSYNC_DEBUG. */
export function reportError(
  error: unknown,
  { note, colors }: Pick<Cli, 'note' | 'colors'>,
  { program = 'dsync' } = {},
): void {
  note(`${colors.red(`${program}:`)} ${messageOf(error)}`);
  const known = error instanceof DsyncError ? error : new DsyncError('INTERNAL', messageOf(error));
  note(`  ${known.cure}`);
  if (process.env.DSYNC_DEBUG) note(String(error instanceof Error ? (error.stack ?? error) : error));
}
