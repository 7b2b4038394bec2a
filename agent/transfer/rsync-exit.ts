/**
 * What rsync's exit codes mean, and what to do about each. Pure.
 *
 * Source: rsync(1) 3.2, “EXIT VALUES”; 255 is ssh's, 126 and 127 are the shell's there.
 *
 * @module
 */

export interface RsyncExit {
  readonly cause: string;
  readonly cure: string;
}

const AGAIN = 'Run it again: what has arrived is not sent again.';

const EXIT_BY_CODE: Readonly<Record<number, RsyncExit>> = {
  1: { cause: 'rsync did not understand an option', cure: 'Check what stands after -- and in DSYNC_OPTIONS.' },
  2: { cause: 'the two rsyncs speak no common protocol', cure: 'Bring the older one up to date: rsync 3.1 or later.' },
  3: { cause: 'rsync could not choose its files or folders', cure: 'Check that both folders can be entered.' },
  4: { cause: 'one rsync was built without something that was asked for', cure: 'Leave that option out.' },
  5: { cause: 'the other side refused to start', cure: 'See what it printed.' },
  6: { cause: 'a daemon could not write its log', cure: 'See the log on the server.' },
  10: { cause: 'the connection failed', cure: AGAIN },
  11: {
    cause: 'a file could not be read or written: the disk may be full',
    cure: 'Free some space there, then run it again: what has arrived is not sent again.',
  },
  12: {
    cause: 'the connection broke, or the other side printed something that is not rsync',
    cure: `If its shell prints text at login, silence it where no terminal is. Else run it again: what has arrived is not sent again.`,
  },
  13: { cause: 'rsync could not report what it met', cure: AGAIN },
  14: {
    cause: 'a process of rsync could not be started',
    cure: 'See whether the machine is out of processes or memory.',
  },
  20: { cause: 'rsync was ended by a signal', cure: AGAIN },
  21: { cause: 'a process of rsync ended unexpectedly', cure: AGAIN },
  22: { cause: 'rsync ran out of memory', cure: 'Send a part of the folder at a time.' },
  23: {
    cause: 'some files could not be read, written or named; all others were sent',
    cure: 'Mend what rsync says of each above (most often permissions), then run it again.',
  },
  24: { cause: 'some files vanished while they were sent; all others were sent', cure: 'Run it again.' },
  25: { cause: 'rsync was not allowed to delete as much', cure: 'Raise --max-delete, or leave it out.' },
  30: { cause: 'nothing came over the connection for too long', cure: `Raise --timeout, or: ${AGAIN.toLowerCase()}` },
  35: { cause: 'the daemon did not answer in time', cure: AGAIN },
  126: { cause: 'rsync there may not be run', cure: 'Make it executable there.' },
  127: {
    cause: 'there is no rsync on the other side',
    cure: 'Install it there: apt install rsync, dnf install rsync.',
  },
  255: { cause: 'ssh failed', cure: 'Check that `ssh HOST` works in this terminal.' },
};

/**
 * @param code other than 0
 * @param complaint what rsync said: of a shell that prints, its exit code speaks of protocols
 */
export function explainRsyncExit(code: number, complaint = ''): RsyncExit {
  const told = code === 2 && complaint.includes('is your shell clean') ? 12 : code;
  return EXIT_BY_CODE[told] ?? { cause: `rsync ended with exit code ${code}`, cure: 'See what it printed.' };
}
