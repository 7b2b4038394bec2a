import type { HostRecord } from '../engine/config/hosts-file.ts';

/** Another `dsync` command on that host, by the launcher that its bridge starts with. */
export function remoteCommand({ bridgeCommand }: Pick<HostRecord, 'bridgeCommand'>, command: string): string {
  return `${bridgeCommand.replace(/ bridge$/, '')} ${command}`;
}
