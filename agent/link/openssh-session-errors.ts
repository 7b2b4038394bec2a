/**
 * What the system's ssh complains of, as a failure of ours.
 *
 * @module
 */
import { DsyncError, type FailureCode } from '../../platform/failure.ts';

/** The first that matches counts: a changed key also ends in “Host key verification failed”. */
const CODE_BY_COMPLAINT: readonly (readonly [RegExp, FailureCode])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|revoked host key|Host key for .* has changed/i, 'HOST_KEY_CHANGED'],
  [/Host key verification failed|No .* host key is known|key is not known/i, 'HOST_KEY_UNKNOWN'],
  [
    /Bad configuration option|bad configuration options|Bad owner or permissions on|keyword .* at end of line/i,
    'SSH_CONFIG',
  ],
  [
    /Permission denied|Too many authentication failures|No more authentication methods|Authentication failed/i,
    'SSH_AUTH',
  ],
];

/** @param complaint all of ssh's stderr */
export function sshFailure(host: string, complaint: string): DsyncError {
  const code = CODE_BY_COMPLAINT.find(([pattern]) => pattern.test(complaint))?.[1] ?? 'HOST_UNREACHABLE';
  const last = lastLine(complaint);
  switch (code) {
    case 'HOST_KEY_CHANGED':
      return new DsyncError(code, `The key of ${host} is not the one on record`);
    case 'HOST_KEY_UNKNOWN':
      return new DsyncError(code, `The key of ${host} is not on record`);
    case 'SSH_AUTH':
      return new DsyncError(code, `${host} did not let ssh in: ${last}`);
    case 'SSH_CONFIG':
      return new DsyncError(code, `ssh could not use its configuration: ${last}`);
    default:
      return new DsyncError('HOST_UNREACHABLE', `Could not reach ${host} over ssh: ${last}`);
  }
}

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? 'it gave no reason';
}
