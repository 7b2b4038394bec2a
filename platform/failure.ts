/**
 * Every error a user can meet: a permanent code, and what to do about it.
 *
 * The message is made where it is thrown and says what was done and what stood in the way; the cure comes from here
 * unless the place knows better.
 *
 * @module
 */

/** What to do, by code; the documentation lists them from here. */
export const CURE_BY_CODE = {
  AGENT_NOT_RUNNING: 'Start it with: dsync start',
  AGENT_UNREACHABLE: 'See what it says: dsync logs. If it hangs: dsync restart',
  BAD_INPUT: 'Mend the input and try again; nothing was changed.',
  BAD_STATE: 'The file was left as it is. Mend it by hand, or move it away to start afresh.',
  CANCELLED: 'Nothing was changed.',
  COMMAND_FAILED: 'See what it printed.',
  COMMAND_UNKNOWN: 'List the commands: dlaunch explain PROJECT',
  CONFLICT_UNKNOWN: 'List the conflicts: dsync conflicts',
  DEPLOY_FAILED: 'See docs/hosts.md, or run again with DSYNC_DEBUG=1.',
  DISK_FULL: 'Free some space on that disk, then: dsync sync',
  HANDOFF_BUSY: 'Wait for it to end: dsync handoff status. If it was cut off: dsync handoff restore --retry',
  HANDOFF_ELSEWHERE: 'See who has it: dsync handoff status. Fetch it: dsync handoff connect --from HOST',
  HANDOFF_IN_DOUBT:
    'Nothing was lost. As soon as that host can be reached: dsync handoff restore --retry. If it is gone for good: dsync handoff connect --from HOST --takeover',
  HANDOFF_REFUSED: 'Mend what the plan names, then try again. Nothing was started and nothing was stopped.',
  HOST_EXISTS: 'Remove it first: dsync host rm NAME',
  HOST_KEY_CHANGED:
    'If the host was reinstalled, remove the old key: ssh-keygen -R HOST. If not, someone may be in between.',
  HOST_KEY_UNKNOWN: 'Connect once with ssh to check the key, or pass --accept-new.',
  HOST_UNKNOWN: 'List the hosts: dsync host ls. Add one: dsync host add NAME',
  HOST_UNREACHABLE: 'Check that `ssh HOST` works in this terminal.',
  INTERNAL: 'This is a bug in dsync; please report it with the output of: dsync logs',
  NODE_MISSING: 'Install Node.js 20.19 or later there, or let dsync bring one along: dsync host add NAME --ship-node',
  NOT_FOUND: 'Check the name; list what there is with the ls command of the same group.',
  NOT_TRUSTED: 'Look at what it runs, then: dlaunch trust PROJECT',
  PEER_INVALID: 'Both agents should run neighbouring versions: dsync host upgrade NAME',
  PORT_TAKEN: 'End what listens there, or choose another: dlaunch run PROJECT --port NUMBER',
  PROJECT_AMBIGUOUS: 'Give more of the name, the id or the path: dlaunch list',
  PROJECT_UNKNOWN: 'List the projects: dlaunch list. Find more: dlaunch discover DIR',
  RESTORE_BLOCKED: 'Mend what the plan names: dsync handoff restore --dry-run',
  ROOT_EXISTS: 'List the roots: dsync root ls',
  ROOT_INVALID: 'Choose a folder of its own: not /, not a home, not inside another root.',
  ROOT_UNKNOWN: 'List the roots: dsync root ls',
  RSYNC_MISSING: 'Install it there: apt install rsync, dnf install rsync, brew install rsync.',
  RUN_EXISTS: 'See it: dlaunch ps. Start it anew: dlaunch restart PROJECT',
  RUN_UNKNOWN: 'List what runs: dlaunch ps',
  SAME_AGENT: 'Give the other host a home of its own: set DSYNC_HOME or HOME for that login.',
  SESSION_EMPTY: 'Start tmux, or run this in a shell that has something running.',
  SESSION_UNKNOWN: 'List the sessions: tmux ls',
  SNAPSHOT_INVALID: 'Take another one: dsync handoff list. Nothing was started and nothing was stopped.',
  SNAPSHOT_UNKNOWN: 'List the saved sessions: dsync handoff list',
  SSH_AUTH: 'Load a key into ssh-agent, or copy one over: ssh-copy-id HOST',
  SSH_CONFIG: 'Check what `ssh -G HOST` prints.',
  TIMEOUT: 'See what is pending: dsync status',
  UNSUPPORTED: 'See docs/ for what is supported.',
} as const;

/** Permanent: scripts match on them. */
export type FailureCode = keyof typeof CURE_BY_CODE;

export class DsyncError extends Error {
  override readonly name = 'DsyncError';
  readonly code: FailureCode;
  /** One sentence: what the user can do. */
  readonly cure: string;

  constructor(code: FailureCode, message: string, { cause, cure }: { cause?: unknown; cure?: string } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.cure = cure ?? CURE_BY_CODE[code];
  }
}

export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(CURE_BY_CODE, code);
}

/** The message of anything thrown. */
export function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error (`ENOENT`), undefined for all else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
