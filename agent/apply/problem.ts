/**
 * System errors as problems: a permanent code, the cause, the cure.
 *
 * @module
 */
import { errnoOf, messageOf } from '../../platform/failure.ts';
import type { ApplyOutcome, ProblemCode } from './outcome.ts';

export type ProblemOutcome = Extract<ApplyOutcome, { kind: 'problem' }>;

const CODE_BY_ERRNO: Readonly<Record<string, ProblemCode>> = {
  EACCES: 'PERMISSION',
  EPERM: 'PERMISSION',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EROFS: 'READ_ONLY',
  EINVAL: 'NAME_INVALID',
  EILSEQ: 'NAME_INVALID',
  ENAMETOOLONG: 'NAME_TOO_LONG',
  ELOOP: 'SYMLINK_PARENT',
  ENOTDIR: 'PARENT_NOT_FOLDER',
  EMLINK: 'TOO_MANY_LINKS',
};

const WORDS_BY_CODE: Readonly<Record<ProblemCode, readonly [cause: string, cure: string]>> = {
  PERMISSION: [
    'this user may not write here',
    'Give yourself write permission on the folder and the file (chmod u+w, chown, chattr -i).',
  ],
  DISK_FULL: ['the disk or the quota is full', 'Free some space on that disk, then: dsync sync'],
  READ_ONLY: ['the filesystem is mounted read-only', 'Mount it read-write, or take this root away: dsync root rm'],
  NAME_INVALID: ['this filesystem does not accept the name', 'Rename it on the host it comes from.'],
  NAME_TOO_LONG: ['the name is too long for this filesystem', 'Give it a shorter name, or the root a shorter path.'],
  CASE_CLASH: [
    'another name here differs in upper and lower case only',
    'Rename one of the two on the host it comes from.',
  ],
  UNICODE_CLASH: [
    'another name here differs in Unicode composition only',
    'Rename one of the two on the host it comes from.',
  ],
  SYMLINK_PARENT: ['a folder above it is a symlink here', 'Replace the symlink by a folder, or ignore the path.'],
  PARENT_NOT_FOLDER: ['what should be the folder above it is none here', 'Move that file away, then: dsync sync'],
  SPECIAL_FILE: ['a socket, pipe or device stands here', 'Move it away, or ignore the path.'],
  UNREADABLE: ['it cannot be read', 'Give yourself read permission (chmod u+r).'],
  TOO_MANY_LINKS: ['the folder or file has as many links as the filesystem allows', 'Spread it over more folders.'],
  IO_ERROR: ['the disk reported an error', 'Check the disk and the system log, then: dsync sync'],
};

/** @param detail takes the place of the usual cause */
export function problem(code: ProblemCode, detail?: string): ProblemOutcome {
  const [cause, cure] = WORDS_BY_CODE[code];
  return { kind: 'problem', code, cause: detail ?? cause, cure };
}

/** Returns undefined for what is no system error: that is a bug, and not to be hidden. */
export function problemOfError(error: unknown): ProblemOutcome | undefined {
  const errno = errnoOf(error);
  if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return undefined;
  const code = CODE_BY_ERRNO[errno];
  return code === undefined
    ? problem('IO_ERROR', messageOf(error))
    : problem(code, `${WORDS_BY_CODE[code][0]} (${errno})`);
}
