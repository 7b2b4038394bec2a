import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatDuration, formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { loadSnapshot } from '../session.ts';
import { showRef } from '../snapshot/path-ref.ts';
import type { Snapshot, SnapshotPane } from '../snapshot/schema.ts';
import { contentsOf } from './save.ts';

export async function show(cli: Cli, name: string | undefined, { json }: { readonly json?: true }): Promise<ExitCode> {
  const snapshot = await loadSnapshot(cli.home, name);
  if (json) {
    cli.printJson(snapshot);
    return 0;
  }
  const { id, createdAt, source, mux, services, git, warnings, roots, tools } = snapshot;
  cli.print(`${cli.colors.bold(snapshot.name ?? id)}  ${contentsOf(snapshot)}`);
  cli.print(`${id}, from ${visible(source.name)}, ${formatDuration(Date.now() - Date.parse(createdAt))} ago`);
  for (const { name: session, windows } of mux.sessions) {
    for (const window of windows) {
      const zoomed = window.zoomed ? ' (zoomed)' : '';
      cli.print(`\n${cli.colors.cyan(visible(`${session}:${window.index} ${window.name}`))}${zoomed}`);
      const rows = window.panes.map((pane) => [
        `  ${pane.index}${pane.index === window.activePane ? '*' : ''}`,
        visible(showRef(pane.cwd, roots)),
        visible(commandOf(pane)),
        cli.colors.dim(visible(policyOf(pane))),
      ]);
      for (const line of formatTable(rows)) cli.print(line);
    }
  }
  printProcesses(cli, snapshot);
  if (services.length > 0) {
    cli.print(`\n${cli.colors.bold('services')}`);
    const rows = services.map(({ name: service, listens, command, startedBy, policy }) => [
      `  ${visible(service)}`,
      listens.map(({ port, address }) => `${address}:${port}`).join(' '),
      visible(command),
      cli.colors.dim(`${policy}, started by ${startedBy}`),
    ]);
    for (const line of formatTable(rows)) cli.print(line);
  }
  for (const { dir, branch, head, dirty, op, stashes } of git) {
    const changes = dirty.staged + dirty.unstaged + dirty.untracked;
    const state = [
      branch ?? head.slice(0, 10),
      `${changes} changed`,
      `${stashes.length} stashed`,
      ...(op === 'none' ? [] : [`${op} in progress`]),
    ];
    cli.print(`git ${visible(showRef(dir, roots))}: ${visible(state.join(', '))}`);
  }
  for (const { name: tool, version, from, dir } of tools)
    cli.print(visible(`${tool} ${version} wanted by ${from} in ${showRef(dir, roots)}`));
  for (const { where, text } of warnings) cli.note(visible(where === '' ? text : `${where}: ${text}`));
  return 0;
}

function printProcesses(cli: Cli, { processes, mux, shell, roots }: Snapshot): void {
  if (mux.sessions.length > 0) return;
  cli.print(`in ${visible(showRef(shell.cwd, roots))}`);
  for (const { restart, cwd } of processes)
    cli.print(visible(`  ${restart.command}  in ${showRef(cwd, roots)} (${restart.policy})`));
}

function commandOf({ process, idle, dead }: SnapshotPane): string {
  if (dead !== null) return `(ended with ${dead.status})`;
  return process?.restart.command ?? (idle ? '(prompt)' : '');
}

function policyOf({ process }: SnapshotPane): string {
  if (process === null) return '';
  const { policy, reason } = process.restart;
  const names = process.redacted.length > 0 ? `; not kept: ${process.redacted.join(' ')}` : '';
  return `${policy}: ${reason}${names}`;
}
