/**
 * Commands about what runs: `ps`, `logs`, `attach`, `stop`, `restart`.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tildePath } from '../../platform/abs-path.ts';
import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatDuration, formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import { type RunRecord, runLogPath } from '../launch/run-record.ts';
import { listRuns, type RunState } from '../launch/run-state.ts';
import { stopRun } from '../launch/stop-run.ts';
import { attachPane } from '../launch/tmux.ts';
import { matchTier } from '../rank/match.ts';
import { openLauncher } from './launcher.ts';
import type { LogOptions, StopOptions } from './run-commands.ts';
import { urlOf } from './start.ts';

interface Chosen {
  readonly command?: string | undefined;
}

export async function ps(cli: Cli, { json }: { readonly json?: true }): Promise<number> {
  const runs = await listRuns(cli.home);
  if (json) {
    cli.printJson({ runs: runs.map(({ run, ...state }) => ({ ...run, ...state, urls: state.ports.map(urlOf) })) });
    return 0;
  }
  if (runs.length === 0) cli.note('Nothing runs that dlaunch started.');
  const rows = runs.map(({ run, state, status, ports }) => [
    cli.colors.bold(visible(run.project)),
    visible(run.command),
    state === 'running'
      ? cli.colors.green('running')
      : cli.colors.red(`ended${status === undefined ? '' : ` (${status})`}`),
    ports.map(urlOf).join(' '),
    formatDuration(Date.now() - run.startedAt),
    placeOf(run),
    cli.colors.dim(visible(tildePath(run.folder))),
  ]);
  for (const line of formatTable(rows)) cli.print(line);
  return 0;
}

/** As it was printed, colours and all: it is what the user's own commands said. */
export async function logs(cli: Cli, query: string, { command, follow, lines }: LogOptions & Chosen): Promise<number> {
  const runs = await runsOf(cli, query, { command });
  const [remote] = runs.filter(({ run }) => run.how.kind === 'remote');
  if (remote?.run.how.kind === 'remote')
    return (await import('./run-remote.ts')).logsOnHost(remote.run, remote.run.how);
  const paths = runs.filter(({ run }) => run.how.kind !== 'foreground').map(({ run }) => runLogPath(cli.home, run.id));
  if (paths.length === 0) {
    throw new DsyncError('RUN_UNKNOWN', `${query} runs in a terminal, which has what it prints; nothing else keeps it`);
  }
  const child = spawn('tail', ['-n', String(lines), ...(follow ? ['-F'] : []), ...paths], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  cli.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const [code]: unknown[] = await once(child, 'close');
  return typeof code === 'number' ? code : 0;
}

export async function attach(cli: Cli, query: string, { command }: Chosen): Promise<number> {
  const runs = await runsOf(cli, query, { command });
  const [first] = runs;
  const inTmux = runs.find(({ run }) => run.how.kind === 'tmux' || run.how.kind === 'remote') ?? first;
  const how = inTmux?.run.how;
  if (how?.kind === 'tmux') return attachPane(how.pane);
  if (how?.kind === 'remote') return (await import('./run-remote.ts')).attachOnHost(how);
  throw new DsyncError('UNSUPPORTED', `${query} does not run in tmux, so there is no window to show`, {
    cure: `See what it prints: dlaunch logs ${query} -f`,
  });
}

export async function stop(
  cli: Cli,
  query: string | undefined,
  { command, force, grace, all }: StopOptions & Chosen,
): Promise<number> {
  if (query === undefined && all !== true) {
    throw new DsyncError('BAD_INPUT', 'Nothing was named that shall end', { cure: 'Name a project, or give --all.' });
  }
  const runs = query === undefined ? await listRuns(cli.home) : await runsOf(cli, query, { command });
  const faults: unknown[] = [];
  // The last to start may need those before it until its end.
  for (const { run } of runs.toReversed()) {
    try {
      await stopOne(cli, run, { force: force === true, graceMs: grace });
      cli.print(visible(`stopped: ${run.project} ${run.command}`));
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
  return 0;
}

export async function restart(
  cli: Cli,
  query: string,
  { command, force, grace }: StopOptions & Chosen,
): Promise<number> {
  const runs = await runsOf(cli, query, { command });
  const { run: start } = await import('./run.ts');
  let code = 0;
  for (const { run } of runs) await stopOne(cli, run, { force: force === true, graceMs: grace });
  for (const { run } of runs) {
    const host = run.how.kind === 'remote' ? { host: run.how.host } : {};
    const port = run.port === undefined ? {} : { port: run.port };
    code ||= await start(cli, run.projectId, { command: run.command, detach: true, wait: true, ...port, ...host });
  }
  return code;
}

async function stopOne(
  cli: Cli,
  run: RunRecord,
  options: { readonly force: boolean; readonly graceMs: number },
): Promise<void> {
  if (run.how.kind === 'remote') await (await import('./run-remote.ts')).stopOnHost(run.how, cli.signal);
  await stopRun(cli.home, run, { signal: cli.signal, ...options });
}

/** @throws {DsyncError} RUN_UNKNOWN; PROJECT_AMBIGUOUS runs of several projects match alike */
async function runsOf(cli: Cli, query: string, { command }: Chosen): Promise<RunState[]> {
  const runs = (await listRuns(cli.home)).filter(({ run }) => command === undefined || run.command === command);
  const { host } = await openLauncher(cli);
  const { loadRegistry } = await import('../registry/registry-file.ts');
  const { projects } = (await loadRegistry(cli.home)).registry;
  const scored = runs.map((state) => {
    const { run } = state;
    const project = projects.find(({ id }) => id === run.projectId);
    const path = project?.locations[host]?.path ?? run.folder;
    const named = { name: run.project, aliases: project?.aliases ?? [], tags: project?.tags ?? [], path };
    return { state, tier: query === run.projectId || query === run.id ? 7 : matchTier(query, named) };
  });
  const best = Math.max(0, ...scored.map(({ tier }) => tier));
  const found = best === 0 ? [] : scored.filter(({ tier }) => tier === best).map(({ state }) => state);
  if (found.length === 0) {
    const what = command === undefined ? query : `${query} ${command}`;
    throw new DsyncError('RUN_UNKNOWN', `Nothing runs that is called ${what}`);
  }
  const names = new Set(found.map(({ run }) => run.project));
  if (names.size > 1) throw new DsyncError('PROJECT_AMBIGUOUS', `${query} may be any of: ${[...names].join(', ')}`);
  return found;
}

function placeOf({ how }: RunRecord): string {
  switch (how.kind) {
    case 'tmux':
      return `tmux ${visible(how.session)}`;
    case 'remote':
      return `on ${visible(how.host)}`;
    case 'background':
      return `pid ${how.pid}`;
    case 'foreground':
      return `this machine's terminal, pid ${how.pid}`;
  }
}
