import { errnoOf, messageOf } from '../../platform/failure.ts';

/** Why something on disk cannot be had, for the list of problems. */
export interface DiskProblem {
  /** Stable, one of the codes of `apply/outcome.ts`. */
  readonly code: 'PERMISSION' | 'NAME_INVALID' | 'NAME_TOO_LONG' | 'SPECIAL_FILE' | 'UNREADABLE' | 'IO_ERROR';
  readonly cause: string;
  readonly cure: string;
}

/** @param doing what was tried, as in “Could not <doing>” */
export function diskProblem(error: unknown, doing: string): DiskProblem {
  const errno = errnoOf(error);
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'PERMISSION',
        cause: `Could not ${doing}: permission denied`,
        cure: 'Give this user the right to read it, or add it to .dsyncignore',
      };
    case 'ENAMETOOLONG':
      return { code: 'NAME_TOO_LONG', cause: `Could not ${doing}: the path is too long`, cure: 'Shorten the names' };
    case 'EIO':
      return {
        code: 'IO_ERROR',
        cause: `Could not ${doing}: the disk reports an error`,
        cure: 'Check the disk and the system log',
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        code: 'UNREADABLE',
        cause: `Could not ${doing}: too many files are open`,
        cure: 'Raise the limit (ulimit -n) and restart: dsync restart',
      };
    default:
      return { code: 'UNREADABLE', cause: `Could not ${doing}: ${errno ?? messageOf(error)}`, cure: 'Check the file' };
  }
}
