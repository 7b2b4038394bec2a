/**
 * `dlaunch NAME --host HOST`: what was saved here is there, it starts there, and its port is here.
 *
 * @module
 */
import { connectControl } from '../../agent/control/client.ts';
import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { quoteWord } from '../../platform/quote-words.ts';
import { visible } from '../../platform/visible.ts';
import { type Command, runArgv } from '../core/command.ts';
import { withPort } from '../launch/choose-port.ts';
import {
  findRemoteFolder,
  holdRemote,
  inRemoteTerminal,
  openRemoteWindow,
  type RemoteOptions,
  stopRemote,
  waitForRemotePort,
} from '../launch/remote.ts';
import { type RunRecord, writeRun } from '../launch/run-record.ts';
import { commandEnv, type Launch, newRunId, processAt, recordOf } from '../launch/start-run.ts';
import { sessionName } from '../launch/tmux.ts';
import { isFree, nextFreePort, portsOf } from '../ports/listeners.ts';
import { destinationOf, syncedPath } from './ask-dsync.ts';
import { askTrust } from './ask-trust.ts';
import { countLaunch } from './count-launch.ts';
import type { Launcher, Target } from './launcher.ts';
import type { Planned } from './run.ts';
import type { RunOptions } from './run-options.ts';
import { urlOf } from './start.ts';

const FLUSH_MS = 60_000;
const READY_MS = 60_000;
const FORWARD_MS = 15_000;

type RemoteHow = Extract<RunRecord['how'], { readonly kind: 'remote' }>;

/** @returns 0 once all run there, and the ports are here */
export async function runOnHost(
  launcher: Launcher,
  target: Target,
  { query, chosen, commands }: Planned,
  options: RunOptions & { readonly host: string },
): Promise<number> {
  const { cli } = launcher;
  const { project, path } = target;
  await askTrust(cli, { name: project.name, path }, commands, { yes: options.yes === true });
  await flush(cli, path);
  const remote = { destination: await destinationOf(cli, options.host), signal: cli.signal };
  const known = project.locations[options.host]?.path ?? (await syncedPath(cli, path, options.host));
  const folder = await findRemoteFolder(known, remote);
  await countLaunch(cli.home, project, { query, host: launcher.host, nowMs: launcher.nowMs, command: chosen.name });
  for (const command of commands) {
    const isLast = command === commands.at(-1);
    const wanted = isLast && options.port !== undefined ? withPort(command, options.port) : command;
    const launch = { home: cli.home, project, path: folder, command: wanted, port: wanted.port?.number };
    const isGood = await startThere(cli, launch, options.host, remote);
    if (!isGood) return 1;
  }
  return 0;
}

async function startThere(cli: Cli, launch: Launch, host: string, remote: RemoteOptions): Promise<boolean> {
  const { project, command, path } = launch;
  const id = newRunId();
  const title = `${project.name} ${command.name}`;
  const pane = await openRemoteWindow(
    {
      session: sessionName(project.name),
      window: command.name,
      folder: command.folder === '' ? path : `${path}/${command.folder}`,
      argv: withBefore(command),
      env: commandEnv(launch, id),
    },
    remote,
  );
  const there = launch.port;
  const state =
    there === undefined
      ? 'started'
      : await waitForRemotePort({ pane: pane.id, port: there, timeoutMs: READY_MS }, remote);
  if (state === 'ended' || state === 'waiting') {
    cli.note(
      visible(
        `${title} ${state === 'ended' ? 'has ended' : `does not listen on port ${there}`} on ${host}. See it: ssh -t ${remote.destination} tmux attach -t ${pane.session}`,
      ),
    );
    return false;
  }
  const here = there === undefined ? undefined : (await isFree(there)) ? there : await nextFreePort(there + 1);
  const forward = there === undefined || here === undefined ? undefined : { here, there };
  const pid = await holdRemote({ pane: pane.id, forward }, remote);
  const how = {
    kind: 'remote' as const,
    host,
    destination: remote.destination,
    session: pane.session,
    pane: pane.id,
    ...processAt(pid),
  };
  writeRun(cli.home, recordOf({ ...launch, port: here }, id, how));
  if (forward === undefined) {
    cli.print(visible(`${title} was started on ${host}, in tmux session ${pane.session}`));
    return true;
  }
  await waitForForward(pid, forward.here, remote);
  cli.print(visible(`${title} is ready on ${host}, in tmux session ${pane.session}: ${urlOf(forward.here)}`));
  return true;
}

/** What runs before a command runs in its window, so that its output is seen there. */
function withBefore(command: Command): readonly string[] {
  const steps = (command.before ?? []).map((run) => (typeof run === 'string' ? run : run.map(quoteWord).join(' ')));
  if (steps.length === 0) return runArgv(command.run);
  const last = typeof command.run === 'string' ? command.run : `exec ${command.run.map(quoteWord).join(' ')}`;
  return ['sh', '-c', [...steps, last].join(' && ')];
}

/**
 * Everything saved here is there: the agent says so.
 *
 * @throws {DsyncError} TIMEOUT the hosts do not get in sync, with the agent's reason; nothing was started
 */
async function flush(cli: Cli, path: string): Promise<void> {
  try {
    await using agent = await connectControl(cli.home);
    const { inSync, reason } = await agent.call('wait', { path, timeoutMs: FLUSH_MS }, { signal: cli.signal });
    if (!inSync)
      throw new DsyncError(
        'TIMEOUT',
        `Not all that was saved is on the other host: ${reason ?? 'no reason known'}. Nothing was started.`,
      );
  } catch (error) {
    const isUnsynced =
      error instanceof DsyncError && (error.code === 'AGENT_NOT_RUNNING' || error.code === 'ROOT_UNKNOWN');
    if (!isUnsynced) throw error;
    cli.note(visible(`${path} is not kept in sync (${error.message}); what is on the other host starts as it is`));
  }
}

async function waitForForward(pid: number, port: number, { destination, signal }: RemoteOptions): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const deadline = performance.now() + FORWARD_MS;
  while (!portsOf([pid]).includes(port)) {
    const isOver = processAt(pid).started === 'ended' || performance.now() > deadline;
    if (isOver)
      throw new DsyncError(
        'HOST_UNREACHABLE',
        `It runs on ${destination}, but port ${port} could not be forwarded here`,
      );
    await sleep(30, undefined, { signal });
  }
}

export function attachOnHost({ destination, pane }: RemoteHow): Promise<number> {
  const target = quoteWord(pane);
  return inRemoteTerminal(destination, `tmux select-window -t ${target} && tmux attach-session -t ${target}`);
}

export function logsOnHost(_: RunRecord, { destination, pane }: RemoteHow): Promise<number> {
  return inRemoteTerminal(destination, `tmux capture-pane -epJ -S - -t ${quoteWord(pane)}`);
}

export function stopOnHost({ destination, pane }: RemoteHow, signal: AbortSignal): Promise<void> {
  return stopRemote(pane, { destination, signal });
}
