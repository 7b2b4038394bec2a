/**
 * Starting what was planned, here: in this terminal, or so that it outlives it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Cli } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { visible } from '../../platform/visible.ts';
import { type Command, runArgv, runText } from '../core/command.ts';
import { findTaken, portTaken, withPort } from '../launch/choose-port.ts';
import { runInForeground, runTogether } from '../launch/foreground.ts';
import { waitUntilReady } from '../launch/ready.ts';
import type { RunRecord } from '../launch/run-record.ts';
import { listRuns } from '../launch/run-state.ts';
import { commandFolder, type Launch, startRun } from '../launch/start-run.ts';
import { hasTmux } from '../launch/tmux.ts';
import { wrapForTools } from '../launch/tool-wrap.ts';
import { askTrust } from './ask-trust.ts';
import { countLaunch } from './count-launch.ts';
import type { Launcher, Target } from './launcher.ts';
import type { Planned } from './run.ts';
import type { RunOptions } from './run-options.ts';

/** A server that was just started may install and compile first. */
const READY_MS = 60_000;
/** Where nothing says that it will listen at all. */
const PERHAPS_MS = 10_000;

/** @returns the exit code of the command, of several that of the one that ended first */
export async function startHere(
  launcher: Launcher,
  target: Target,
  planned: Planned,
  options: RunOptions,
): Promise<number> {
  const { cli } = launcher;
  const launches = await prepare(launcher, target, planned, options);
  const onStart = (run: RunRecord, signal: AbortSignal): void => {
    const { health } = launches.find(({ command }) => command.name === run.command)?.command ?? {};
    waitUntilReady(run, { signal, timeoutMs: Number.POSITIVE_INFINITY, health }).then(
      (ready) => {
        if (ready.kind === 'listening')
          cli.note(cli.colors.green(`${visible(run.project)}: ready at ${urlOf(ready.port)}`));
      },
      // It ended before it listened, and with it the wait.
      () => undefined,
    );
  };
  const [first, ...others] = launches;
  if (first === undefined) return 0;
  if (others.length === 0) return runInForeground(first, { signal: cli.signal, onStart });
  const width = Math.max(...launches.map(({ command }) => command.name.length));
  return runTogether(launches, {
    signal: cli.signal,
    onStart,
    print: (name, line) => cli.print(`${cli.colors.cyan(visible(name.padEnd(width)))} │ ${line}`),
    ready: async ({ command }, run, signal) => {
      await waitUntilReady(run, { signal, timeoutMs: READY_MS, health: command.health });
    },
  });
}

/** @returns 0 once all run, and those that should listen do; 1 where one ended or does not listen in time */
export async function startDetached(
  launcher: Launcher,
  target: Target,
  planned: Planned,
  options: RunOptions,
): Promise<number> {
  const { cli } = launcher;
  const running = (await listRuns(cli.home)).filter(
    ({ run, state }) => run.projectId === target.project.id && state === 'running',
  );
  const isRunning = ({ name }: Command): boolean => running.some(({ run }) => run.command === name);
  const left = planned.commands.filter((command) => !isRunning(command));
  if (left.length === 0) {
    throw new DsyncError(
      'RUN_EXISTS',
      `${target.project.name} runs already: ${running.map(({ run }) => run.command).join(', ')}`,
    );
  }
  const launches = await prepare(launcher, target, { ...planned, commands: left }, options);
  const where = (await hasTmux()) ? 'tmux' : 'background';
  const results: { run: RunRecord; port: number | undefined; isGood: boolean }[] = [];
  for (const launch of launches) {
    const run = await startRun(launch, where);
    const { port, isGood } = await report(cli, launch, run, options);
    results.push({ run, port, isGood });
    // What waits for it would only fail as well.
    if (!isGood) break;
  }
  if (options.json) {
    const shown = results.map(({ run, port }) => ({ ...run, ...(port === undefined ? {} : { url: urlOf(port) }) }));
    cli.printJson({ runs: shown });
  }
  return results.every(({ isGood }) => isGood) ? 0 : 1;
}

async function report(
  cli: Cli,
  { command, project }: Launch,
  run: RunRecord,
  { wait, json }: RunOptions,
): Promise<{ readonly port: number | undefined; readonly isGood: boolean }> {
  const say = (text: string): void => (json ? cli.note(visible(text)) : cli.print(visible(text)));
  const title = `${project.name} ${command.name}`;
  const place = run.how.kind === 'tmux' ? `in tmux session ${run.how.session}` : 'in the background';
  if (!wait || command.role !== 'serve') {
    say(`${title} was started ${place}`);
    return { port: undefined, isGood: true };
  }
  const isExpected = command.port !== undefined || command.health !== undefined;
  const timeoutMs = isExpected ? READY_MS : PERHAPS_MS;
  const ready = await waitUntilReady(run, { signal: cli.signal, timeoutMs, health: command.health });
  switch (ready.kind) {
    case 'listening':
      say(`${title} is ready ${place}: ${urlOf(ready.port)}`);
      return { port: ready.port, isGood: true };
    case 'ended':
      cli.note(visible(`${title} has ended. What it printed: dlaunch logs ${project.name}`));
      return { port: undefined, isGood: false };
    case 'waiting': {
      const what = ready.port === undefined ? 'listen' : `answer on port ${ready.port}`;
      cli.note(visible(`${title} runs ${place}, and does not ${what} yet`));
      return { port: ready.port, isGood: !isExpected };
    }
  }
}

/** Trusted, with free ports, counted, and after what has to run before. */
async function prepare(
  { cli, host, nowMs }: Launcher,
  { project, path }: Target,
  planned: Planned,
  options: RunOptions,
): Promise<Launch[]> {
  const { query, chosen, commands } = planned;
  await askTrust(cli, { name: project.name, path }, commands, { yes: options.yes === true });
  const placed = await choosePorts(cli, project.name, commands, options);
  await countLaunch(cli.home, project, { query, host, nowMs, command: chosen.name });
  for (const command of placed) for (const step of command.before ?? []) await runBefore(cli, path, command, step);
  return placed.map((command) => ({ home: cli.home, project, path, command, port: command.port?.number }));
}

/** The port that was asked for is the last command's: those before it are there for its sake. */
async function choosePorts(
  cli: Cli,
  name: string,
  commands: readonly Command[],
  { port }: RunOptions,
): Promise<Command[]> {
  const runs = (await listRuns(cli.home)).map(({ run }) => run);
  const chosen: Command[] = [];
  for (const command of commands) {
    const isLast = command === commands.at(-1);
    const wanted = isLast && port !== undefined ? withPort(command, port) : command;
    const number = wanted.port?.number;
    const taken = number === undefined || wanted.role !== 'serve' ? undefined : await findTaken(number, runs);
    if (taken === undefined) {
      chosen.push(wanted);
      continue;
    }
    const fault = portTaken(taken, name);
    if (!cli.canAsk) throw fault;
    const { confirm } = await import('@inquirer/prompts');
    const message = `Port ${taken.port} is taken by ${visible(taken.by)}. Use ${taken.next} instead?`;
    if (!(await confirm({ message }, { signal: cli.signal, output: process.stderr }))) throw fault;
    chosen.push(withPort(command, taken.next));
  }
  return chosen;
}

/** @throws {DsyncError} COMMAND_FAILED: nothing was started */
async function runBefore(cli: Cli, path: string, command: Command, step: Command['run']): Promise<void> {
  cli.note(visible(`before ${command.name}: ${runText(step)}`));
  const folder = commandFolder(path, command);
  const [program, ...args] = wrapForTools(runArgv(step), folder);
  // Its output is no answer to what was asked.
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...command.env },
    stdio: ['inherit', 2, 2],
  });
  const [code]: unknown[] = await once(child, 'close').catch(() => [127]);
  if (code === 0) return;
  throw new DsyncError(
    'COMMAND_FAILED',
    `${runText(step)}, which runs before ${command.name}, failed (${String(code ?? 'killed')}). Nothing was started.`,
  );
}

export function urlOf(port: number): string {
  return `http://localhost:${port}`;
}
