/** The shells that dsync has something for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'sh'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can start the agent by itself. */
export const SERVICES = ['systemd', 'launchd', 'cron', 'none'] as const;
export type Service = (typeof SERVICES)[number];
