/** Another `dsync` command on a host, by the launcher that its bridge starts with. */
export function launcherCommand({ bridgeCommand }: { readonly bridgeCommand: string }, command: string): string {
  return `${bridgeCommand.replace(/ bridge$/, '')} ${command}`;
}
