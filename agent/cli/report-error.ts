import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Cli } from './cli.ts';

/** `dsync: message` and the cure below it; the stack only with DSYNC_DEBUG. */
export function reportError(error: unknown, { note, colors }: Pick<Cli, 'note' | 'colors'>): void {
  note(`${colors.red('dsync:')} ${messageOf(error)}`);
  const known = error instanceof DsyncError ? error : new DsyncError('INTERNAL', messageOf(error));
  note(`  ${known.cure}`);
  if (process.env.DSYNC_DEBUG) note(String(error instanceof Error ? (error.stack ?? error) : error));
}
