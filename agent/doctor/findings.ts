/**
 * All that `dsync doctor` can find: a permanent code, how bad it is, what it usually comes from, and what to do.
 *
 * `error`: something does not work until it is mended. `warning`: it works, but slower, with less, or not for long.
 * The documentation lists them from here.
 *
 * @module
 */

export interface FindingKind {
  readonly level: 'error' | 'warning';
  readonly cause: string;
  readonly cure: string;
  /** What `dsync doctor --fix` does about it. */
  readonly fix?: string;
}

export const FINDING_BY_CODE = {
  AGENT_DOWN: {
    level: 'error',
    cause: 'It was never started, it was stopped, or this machine was started anew.',
    cure: 'dsync start',
    fix: 'starts the agent',
  },
  AGENT_HANGS: {
    level: 'error',
    cause: 'It is stopped (Ctrl-Z), or stuck at a disk that does not answer, or busy beyond measure.',
    cure: 'End that process, then: dsync start',
  },
  AGENT_VERSION: {
    level: 'warning',
    cause: 'dsync was upgraded while its agent ran.',
    cure: 'dsync restart',
    fix: 'starts the agent anew',
  },
  CHECK_FAILED: {
    level: 'warning',
    cause: 'The check itself could not go on.',
    cure: 'Look at what it says; the other checks are not touched by it.',
  },
  CHECK_LATE: {
    level: 'warning',
    cause: 'Something that was asked did not answer: a disk, a program, a host.',
    cure: 'Try it by hand; what was found until then is listed.',
  },
  CLOCK_DIFFERENCE: {
    level: 'warning',
    cause: 'The clock of one of the two hosts is wrong. Clocks decide which side of a conflict stays at the path.',
    cure: 'Let both hosts take their time from the network, on Linux: sudo timedatectl set-ntp true',
  },
  CONFIG_BROKEN: {
    level: 'error',
    cause: 'The file is no longer what dsync reads: an edit, or a disk that was full.',
    cure: 'Mend the line that is named, or move the file away to start afresh.',
  },
  CONFIG_LINE: {
    level: 'error',
    cause: 'A line of the configuration cannot be followed; the others are in force.',
    cure: 'Mend the line.',
  },
  DEVICE_KEY_BROKEN: {
    level: 'error',
    cause: 'The file of this host’s device key holds something else. Paired hosts know this host by it.',
    cure: 'Put the file back from a backup; or move it away, and pair again: dsync pair',
  },
  DISK_FULL: {
    level: 'error',
    cause: 'Nothing more can be taken in there.',
    cure: 'Free some space on that disk, then: dsync sync',
  },
  DISK_INODES: {
    level: 'warning',
    cause: 'The filesystem has few inodes left: it can hold no more files, whatever space it has.',
    cure: 'Remove folders of many small files that you do not need.',
  },
  DISK_LOW: {
    level: 'warning',
    cause: 'The disk is nearly full. When it is, the trash gives way first, and then syncing stops.',
    cure: 'Free some space on that disk.',
  },
  GIT_MISSING: {
    level: 'warning',
    cause: 'git is not installed, or not on the PATH.',
    cure: 'Install git by the system’s package manager.',
  },
  GIT_OLD: {
    level: 'warning',
    cause: 'dsync is written for git 2.30 and later.',
    cure: 'Upgrade git.',
  },
  HOST_AUTH: {
    level: 'error',
    cause: 'No key that this host has is accepted there, or the key is locked by a passphrase.',
    cure: 'Load a key into ssh-agent, or copy one over: ssh-copy-id HOST',
  },
  HOST_BROKEN_DSYNC: {
    level: 'error',
    cause: 'dsync is installed on that host, but does not start.',
    cure: 'dsync host upgrade NAME',
  },
  HOST_DOWN: {
    level: 'error',
    cause: 'The host is off, asleep, or in another network; or ssh listens elsewhere.',
    cure: 'Check that `ssh HOST` works in this terminal.',
  },
  HOST_KEY_CHANGED: {
    level: 'error',
    cause: 'The host was reinstalled, or someone is in between.',
    cure: 'If the host was reinstalled, remove the old key: ssh-keygen -R HOST',
  },
  HOST_KEY_UNKNOWN: {
    level: 'error',
    cause: 'Nobody has agreed to the host’s key on this host yet.',
    cure: 'Connect once with ssh and compare the fingerprint.',
  },
  HOST_NODE: {
    level: 'error',
    cause: 'Node.js 20.19 or later is not found on that host.',
    cure: 'Install it there, or bring one along: dsync host upgrade NAME --ship-node',
  },
  HOST_NOT_LINKED: {
    level: 'error',
    cause: 'The host answers to ssh, but the agents do not talk to each other.',
    cure: 'See what they say: dsync logs, here and there.',
  },
  HOST_NO_DSYNC: {
    level: 'error',
    cause: 'What `dsync host add` installed on that host is gone.',
    cure: 'dsync host upgrade NAME',
  },
  HOST_PAUSED: {
    level: 'warning',
    cause: '`dsync pause` was called for this host.',
    cure: 'dsync resume NAME',
  },
  HOST_SSH_CONFIG: {
    level: 'error',
    cause: 'ssh itself refuses the configuration for this host.',
    cure: 'See what `ssh -G HOST` says.',
  },
  HOST_VERSION: {
    level: 'warning',
    cause: 'dsync was upgraded on one of the two hosts. Neighbouring versions work together.',
    cure: 'dsync host upgrade NAME, on the host with the newer one',
  },
  INOTIFY_INSTANCES: {
    level: 'warning',
    cause: 'Programs of this user have nearly all the inotify instances that the kernel allows.',
    cure: 'echo fs.inotify.max_user_instances=1024 | sudo tee /etc/sysctl.d/60-max_user_instances.conf && sudo sysctl --system',
  },
  INOTIFY_WATCHES: {
    level: 'error',
    cause:
      'The kernel allows this user fewer watches than there are folders; the rest is scanned in turns, which is slow.',
    cure: 'echo fs.inotify.max_user_watches=1048576 | sudo tee /etc/sysctl.d/60-max_user_watches.conf && sudo sysctl --system',
  },
  INOTIFY_WATCHES_LOW: {
    level: 'warning',
    cause: 'Programs of this user have nearly all the inotify watches that the kernel allows.',
    cure: 'echo fs.inotify.max_user_watches=1048576 | sudo tee /etc/sysctl.d/60-max_user_watches.conf && sudo sysctl --system',
  },
  LINK_JITTER: {
    level: 'warning',
    cause: 'The network between the hosts is busy, or a wireless one.',
    cure: 'Look at what else uses the connection.',
  },
  LINK_RELAYED: {
    level: 'warning',
    cause: 'The two hosts cannot reach each other directly, mostly because of a firewall.',
    cure: 'Let UDP through on one side: port 41641 for Tailscale, 9993 for ZeroTier.',
  },
  LINK_SLOW: {
    level: 'warning',
    cause: 'The hosts are far apart, or the network is slow. A save needs half of that to be there.',
    cure: 'Look for a shorter way between them.',
  },
  LOCK_STALE: {
    level: 'warning',
    cause: 'A dsync process was killed while it held the lock.',
    cure: 'Remove the file; the next command does that as well, after a while.',
    fix: 'removes the file',
  },
  NODE_OLD: {
    level: 'error',
    cause: 'dsync is written for Node.js 20.19 and later.',
    cure: 'Upgrade Node.js.',
  },
  OTHER_SYNC: {
    level: 'warning',
    cause: 'Two tools that sync one folder undo each other’s work and make conflicts.',
    cure: 'Leave the folder to one of them.',
  },
  PAIR_DOOR_CLOSED: {
    level: 'error',
    cause: 'The address is not one of this host any more, or another program has the port.',
    cure: 'See dsync logs; choose another one: dsync pair --listen ADDRESS:PORT, or end it: dsync pair --listen off',
  },
  RSYNC_MISSING: {
    level: 'warning',
    cause:
      'rsync is not installed, or not on the PATH. A large file in which something was put in between goes over the link as a whole.',
    cure: 'Install rsync by the system’s package manager.',
  },
  RSYNC_OLD: {
    level: 'warning',
    cause: 'dsync is written for rsync 3.1 and later.',
    cure: 'Upgrade rsync.',
  },
  RSYNC_OPENRSYNC: {
    level: 'warning',
    cause: 'macOS brings openrsync, which sends whole files alone.',
    cure: 'brew install rsync',
  },
  ROOT_CASE: {
    level: 'warning',
    cause: 'The filesystem takes `a` and `A` for one file; hosts on others may have both.',
    cure: 'Give files names that differ in more than case; those that clash are listed by `dsync status`.',
  },
  ROOT_CONFLICTS: {
    level: 'warning',
    cause: 'Two hosts changed a file without having seen each other’s change. Both contents are kept.',
    cure: 'dsync conflicts',
  },
  ROOT_GONE: {
    level: 'error',
    cause: 'A disk is not mounted, or the folder was moved or deleted. Nothing is taken for deleted because of it.',
    cure: 'Mount the disk or put the folder back; or end it: dsync root rm ROOT',
  },
  ROOT_HALTED: {
    level: 'error',
    cause: 'Going on could have deleted or mixed up files.',
    cure: 'dsync status says why; go on with: dsync resume ROOT',
  },
  ROOT_HELD: {
    level: 'warning',
    cause: 'Many deletions came at once.',
    cure: 'dsync approve ROOT; or put the files back',
  },
  ROOT_LOCKED: {
    level: 'error',
    cause: 'This user may not read or write in the folder.',
    cure: 'Give the folder to this user: chown, chmod.',
  },
  ROOT_MODES: {
    level: 'warning',
    cause: 'The filesystem (FAT, or some mounts) keeps no permission bits; programs lose their execute bit.',
    cure: 'Put the folder on another filesystem.',
  },
  ROOT_POLLED: {
    level: 'warning',
    cause: 'The filesystem tells of no changes (NFS, SMB, sshfs, some container mounts), so they are looked for.',
    cure: 'Put the folder on a local disk, and sync it from there.',
  },
  ROOT_PROBLEMS: {
    level: 'warning',
    cause: 'Some paths cannot be read, applied or named here; the rest goes on.',
    cure: 'dsync status lists them, each with its cure.',
  },
  ROOT_UNICODE: {
    level: 'warning',
    cause: 'The filesystem takes the two ways to write é for one name; hosts on others may have both.',
    cure: 'Rename one of the two where that occurs; those that clash are listed by `dsync status`.',
  },
  SERVICE_FAILED: {
    level: 'error',
    cause: 'The service that starts the agent has given up.',
    cure: 'systemctl --user status dsync; then: systemctl --user restart dsync',
  },
  SERVICE_MISSING: {
    level: 'warning',
    cause: 'No service starts the agent when this machine starts.',
    cure: 'dsync setup; or have `dsync start` run at login',
  },
  SERVICE_STOPS: {
    level: 'warning',
    cause: 'systemd ends the service when this user logs out, since lingering is off.',
    cure: 'loginctl enable-linger',
  },
  SHELL_NOISY: {
    level: 'warning',
    cause:
      'A start-up file of the shell there prints something also where nobody looks. rsync, scp and git fail by it.',
    cure: 'In ~/.bashrc or ~/.zshenv there, print only where $- contains i.',
  },
  SHELL_SLOW: {
    level: 'warning',
    cause:
      'Start-up files of the shell there do much (nvm, pyenv, conda, a prompt). Every command over ssh waits for them.',
    cure: 'In ~/.bashrc or ~/.zshenv there, do it only where $- contains i.',
  },
  SOCKET_STALE: {
    level: 'warning',
    cause: 'The agent was killed; nothing listens at its socket.',
    cure: 'Remove the file; the next agent does that as well.',
    fix: 'removes the file',
  },
  SSH_KEY_MISSING: {
    level: 'warning',
    cause: 'There is no key file of a usual name and no ssh-agent.',
    cure: 'Make one: ssh-keygen -t ed25519; then: ssh-copy-id HOST',
  },
  SSH_KEY_OPEN: {
    level: 'error',
    cause: 'ssh refuses to use a private key that others can read.',
    cure: 'chmod 600 FILE',
  },
  SSH_MISSING: {
    level: 'error',
    cause: 'The OpenSSH client is not installed, or not on the PATH.',
    cure: 'Install it by the system’s package manager (openssh-client).',
  },
  STATE_LOCKED: {
    level: 'error',
    cause: 'This user cannot write where dsync keeps its own files: another owner, a read-only disk.',
    cure: 'Give the folder back to this user: chown -R "$USER" FOLDER',
  },
  STATE_OPEN: {
    level: 'error',
    cause: 'Others can read dsync’s own files, which hold keys and the names of all files.',
    cure: 'chmod 700 for folders, 600 for files',
    fix: 'takes the permissions of others away',
  },
  TMUX_MISSING: {
    level: 'warning',
    cause: 'tmux is not installed, or not on the PATH. Programs start in the background, and no session moves.',
    cure: 'Install tmux by the system’s package manager.',
  },
  TMUX_OLD: {
    level: 'warning',
    cause: 'dsync is written for tmux 3.0 and later.',
    cure: 'Upgrade tmux.',
  },
} as const satisfies Record<string, FindingKind>;

/** Permanent: scripts match on them. */
export type FindingCode = keyof typeof FINDING_BY_CODE;

export interface Finding {
  readonly code: FindingCode;
  readonly level: 'error' | 'warning';
  /** The host that it was found on or with; undefined for this one. */
  readonly host: string | undefined;
  /** What was seen, in one sentence. */
  readonly finding: string;
  readonly cause: string;
  readonly cure: string;
  /** Mends it, and says what it did; undefined where a person must. */
  readonly fix?: () => Promise<string>;
}

export interface Found {
  readonly host?: string;
  readonly cause?: string;
  readonly cure?: string;
  readonly fix?: () => Promise<string>;
}

/** The place that found it may know cause and cure better than the table. */
export function findingOf(code: FindingCode, finding: string, { host, cause, cure, fix }: Found = {}): Finding {
  const kind: FindingKind = FINDING_BY_CODE[code];
  return {
    code,
    level: kind.level,
    host,
    finding,
    cause: cause ?? kind.cause,
    cure: cure ?? kind.cure,
    ...(fix !== undefined && { fix }),
  };
}

export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(FINDING_BY_CODE, code);
}
