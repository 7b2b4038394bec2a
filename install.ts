/**
 * Setting a machine up, and taking it back: which steps there are and in which order. `npm run setup` in a clone and
 * `dsync setup` in an installed package are this.
 *
 * All is looked at and planned before anything is changed, so that what stands in the way stops it before the first
 * change; if a change fails all the same, those before it are taken back.
 *
 * @module
 */
import { existsSync, mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostAdd } from './agent/cli/host-add.ts';
import type { SetupHost, SetupOptions } from './agent/cli/setup-commands.ts';
import { ensureAgent } from './agent/cli/spawn-agent.ts';
import { stopAgent } from './agent/cli/stop.ts';
import { reloadAgent, withAgent } from './agent/cli/with-agent.ts';
import { removeHostRecord } from './agent/engine/config/edit-hosts.ts';
import { addRoot, removeRoot } from './agent/engine/config/edit-roots.ts';
import { readHosts } from './agent/engine/config/hosts-file.ts';
import { peekConfig } from './agent/engine/config/load-config.ts';
import { rootFault } from './agent/engine/config/root-checks.ts';
import { readRoots } from './agent/engine/config/roots-file.ts';
import { type Change, createStep, type Step } from './agent/setup/change.ts';
import type { Service, Shell } from './agent/setup/choices.ts';
import { type Ledger, openLedger } from './agent/setup/ledger.ts';
import { planMissing } from './agent/setup/missing-programs.ts';
import { planLinks, planUnlink } from './agent/setup/path-links.ts';
import { findPlace } from './agent/setup/place.ts';
import { findService, planService, planServiceRemoval } from './agent/setup/service.ts';
import { planShell, planShellRemoval, shellOf } from './agent/setup/shells.ts';
import { copyKeyChange, planKey, planSharing, planSshRemoval } from './agent/setup/ssh.ts';
import { planStartingFiles } from './agent/setup/starting-files.ts';
import { type AbsPath, absPath, childPath, tildePath, userHome } from './platform/abs-path.ts';
import type { Cli } from './platform/cli.ts';
import { DsyncError } from './platform/failure.ts';
import { isHostName } from './platform/own-host-name.ts';

export interface SetupContext {
  readonly cli: Cli;
  readonly ledger: Ledger;
  readonly userHome: AbsPath;
  readonly env: NodeJS.ProcessEnv;
  readonly path: string;
  readonly platform: NodeJS.Platform;
  readonly signal: AbortSignal;
}

/** @throws {DsyncError} BAD_INPUT this is another user's home */
export function createSetupContext(cli: Cli): SetupContext {
  const home = absPath(userHome());
  const owner = statSync(home, { throwIfNoEntry: false })?.uid;
  if (owner === undefined) throw new DsyncError('BAD_INPUT', `There is no home ${home}`, { cure: 'Set HOME to it.' });
  if (process.getuid !== undefined && owner !== process.getuid()) {
    throw new DsyncError('BAD_INPUT', `${home} belongs to another user. Nothing was changed.`, {
      cure: 'Run it as the user whose machine is set up, without sudo.',
    });
  }
  const { env, platform } = process;
  return {
    cli,
    ledger: openLedger(cli.home),
    userHome: home,
    env,
    path: env.PATH ?? '',
    platform,
    signal: cli.signal,
  };
}

/** What there is to do for the options; nothing is changed. @throws {DsyncError} something stands in the way */
export async function planSetup(options: SetupOptions, context: SetupContext): Promise<readonly Step[]> {
  const { cli, env } = context;
  const place = findPlace(cli.home);
  const service = options.service === 'auto' ? await findService(context) : options.service;
  const shell = options.shell === 'auto' ? shellOf(env.SHELL) : options.shell;
  const stop = (await agentPid(cli)) === undefined ? undefined : stopChange(cli);
  const serviceStep = await planService(service, { ...context, place, start: options.start, ...(stop && { stop }) });
  const isHandedOver = stop !== undefined && serviceStep.changes.includes(stop);
  return [
    planMissing({ path: context.path, install: options.installMissing === true }).step,
    ...(options.sshKey ? [planKey(context)] : []),
    ...(options.links ? [planLinks({ ...context, place })] : []),
    planStartingFiles({ ...context, home: cli.home, place, ...(options.name !== undefined && { name: options.name }) }),
    shellStep(shell, options, context),
    serviceStep,
    ...(service === 'none' && options.service === 'auto' ? [createStep('service', { notes: [NO_SERVICE] })] : []),
    ...(options.start ? [await planStart(service, { isHandedOver }, context)] : []),
    planHosts(options, context),
    ...(options.sshSharing ? [planSharing(destinations(options, context), context)] : []),
    planRoots(options.root ?? [], context),
  ].filter(({ changes, right, notes }) => changes.length + right.length + notes.length > 0);

  function shellStep(which: Shell | 'none' | undefined, { prompt }: SetupOptions, at: SetupContext): Step {
    if (which === 'none') return createStep('shell', {});
    if (which !== undefined) return planShell(which, { ...at, place, prompt: prompt === true });
    const name = env.SHELL === undefined ? 'SHELL is not set' : `there is none for ${env.SHELL}`;
    return createStep('shell', {
      notes: [`no shell integration: ${name}; choose one with --shell bash, zsh, fish or sh`],
    });
  }
}

const SERVICE_START_MS = 10_000;
const POLL_MS = 30;
const NO_SERVICE =
  'neither systemd nor cron for this user: start the agent yourself after a restart, with: dsync start';

/** What there is to take back. */
export async function planUninstall({ purge }: SetupOptions, context: SetupContext): Promise<readonly Step[]> {
  const { cli, ledger } = context;
  const last: Change = {
    what: 'remove the folders that setup made and nobody uses',
    apply() {
      if (purge) purgeAll(cli);
      ledger.removeCreated({ forget: purge === true });
      return undefined;
    },
  };
  const steps = [
    await planServiceRemoval(context),
    createStep('agent', { changes: (await agentPid(cli)) === undefined ? [] : [stopChange(cli)] }),
    planShellRemoval(context),
    planSshRemoval(context),
    planUnlink(context),
  ].filter(({ changes }) => changes.length > 0);
  if (purge)
    return [...steps, createStep('state', { changes: [{ ...last, what: 'remove settings, state and trash' }] })];
  return steps.length > 0 || ledger.hasEmpty() ? [...steps, createStep('state', { changes: [last] })] : [];
}

function stopChange(cli: Cli): Change {
  return {
    what: 'stop the agent',
    async apply() {
      await stopAgent(cli);
      return undefined;
    },
  };
}

/** All that dsync keeps for itself; conflict copies are the user's. */
function purgeAll({ home }: Cli): void {
  const roots = existsSync(childPath(home.state, 'roots.json')) ? readRoots(home) : [];
  for (const { path } of roots) {
    rmSync(childPath(path, '.dsync/local'), { recursive: true, force: true });
    try {
      rmdirSync(childPath(path, '.dsync'));
    } catch {
      // There are conflict copies in it, or it is gone.
    }
  }
  for (const folder of [home.config, home.state, home.lib]) rmSync(folder, { recursive: true, force: true });
}

async function planStart(
  service: Service,
  { isHandedOver }: { readonly isHandedOver: boolean },
  { cli, signal }: SetupContext,
): Promise<Step> {
  const pid = isHandedOver ? undefined : await agentPid(cli);
  if (pid !== undefined) return createStep('agent', { right: [`the agent runs (pid ${pid})`] });
  const byService = service === 'systemd' || service === 'launchd';
  const change: Change = {
    what: byService ? 'wait until the agent answers' : 'start the agent',
    async apply() {
      if (byService && (await hasAnswered(cli))) return undefined;
      await ensureAgent(cli.home, { signal });
      return byService ? 'the service did not start it; it was started without' : undefined;
    },
    ...(!byService && { undo: () => stopAgent(cli) }),
  };
  return createStep('agent', { changes: [change] });
}

/** Two agents that start at once would both be right, and the service's might be the one that goes. */
async function hasAnswered(cli: Cli): Promise<boolean> {
  for (const until = performance.now() + SERVICE_START_MS; performance.now() < until; ) {
    if ((await agentPid(cli)) !== undefined) return true;
    await sleep(POLL_MS, undefined, { signal: cli.signal });
  }
  return false;
}

function planHosts({ host: hosts = [], acceptNew, shipNode, sshCopyId }: SetupOptions, context: SetupContext): Step {
  const { cli } = context;
  const known = existsSync(cli.home.config) ? readHosts(cli.home) : [];
  const isKnown = ({ name, destination }: SetupHost): boolean =>
    known.some((other) => other.name === name && other.destination === destination);
  for (const [i, { name, destination }] of hosts.entries()) {
    if (!isHostName(name)) {
      throw new DsyncError('BAD_INPUT', `“${name}” cannot be a host's name. Nothing was changed.`, {
        cure: `1 to 40 of A-Z a-z 0-9 . _ -; give it a name of its own: --host NAME=${destination}`,
      });
    }
    const other = [...known, ...hosts.slice(0, i)].find((one) => one.name === name && one.destination !== destination);
    if (other !== undefined)
      throw new DsyncError('HOST_EXISTS', `${name} is a host already, at ${other.destination}. Nothing was changed.`);
  }
  // What hostAdd prints is not what setup was asked for.
  const quiet: Cli = { ...cli, print: cli.note, printJson: () => undefined };
  const changes = hosts
    .filter((host, i) => !isKnown(host) && hosts.findIndex(({ name }) => name === host.name) === i)
    .flatMap(({ name, destination }): Change[] => [
      ...(sshCopyId ? [copyKeyChange(destination, context)] : []),
      {
        what: `link to ${name === destination ? name : `${name} (${destination})`}, and install dsync there`,
        async apply() {
          await hostAdd(quiet, {
            name,
            destination,
            transport: 'auto',
            ...(acceptNew && { acceptNew }),
            ...(shipNode && { shipNode }),
            json: true,
          });
          return undefined;
        },
        undo: () => removeHostRecord(cli.home, name),
      },
    ]);
  return createStep('hosts', { changes, right: hosts.filter(isKnown).map(({ name }) => `${name} is a host`) });
}

function planRoots(paths: readonly string[], { cli }: SetupContext): Step {
  if (paths.length === 0) return createStep('roots', {});
  const { roots } = peekConfig(cli.home);
  const wanted: AbsPath[] = [];
  const changes: Change[] = [];
  const right: string[] = [];
  for (const path of [...new Set(paths.map((text) => absPath(text)))]) {
    const known = roots.find((root) => root.path === path);
    if (known !== undefined) {
      right.push(`${tildePath(path)} is a root`);
      continue;
    }
    const isThere = existsSync(path);
    const fault = rootFault(path, [...roots.map((root) => root.path), ...wanted], { home: cli.home });
    // A folder that is missing is made.
    if (fault !== undefined && fault.kind !== 'missing')
      throw new DsyncError('ROOT_INVALID', `${path} cannot be a root: ${fault.reason}. Nothing was changed.`);
    wanted.push(path);
    changes.push({
      what: `${isThere ? 'keep' : 'make'} ${tildePath(path)} ${isThere ? 'in sync' : 'and keep it in sync'} with all hosts`,
      async apply() {
        mkdirSync(path, { recursive: true });
        await addRoot(cli.home, { path: tildePath(path), hosts: [] });
        await reloadAgent(cli);
        return undefined;
      },
      undo: () => removeRoot(cli.home, path),
    });
  }
  return createStep('roots', { changes, right });
}

function destinations({ host: hosts = [] }: SetupOptions, { cli }: SetupContext): string[] {
  const known = existsSync(cli.home.config) ? readHosts(cli.home) : [];
  // What ssh calls a host in a Host line has neither user nor port.
  const names = [...known, ...hosts].map(({ destination }) =>
    destination
      .replace(/^ssh:\/\//, '')
      .replace(/^[^@]*@/, '')
      .replace(/:\d+$/, ''),
  );
  if (names.length === 0)
    throw new DsyncError('BAD_INPUT', 'There is no host to share connections to. Nothing was changed.', {
      cure: 'Name one: dsync setup --ssh-sharing --host NAME',
    });
  return [...new Set(names)];
}

async function agentPid(cli: Cli): Promise<number | undefined> {
  try {
    return await withAgent(cli, async (agent) => (await agent.call('ping', {}, { timeoutMs: 5000 })).pid);
  } catch (error) {
    if (error instanceof DsyncError && error.code === 'AGENT_NOT_RUNNING') return undefined;
    throw error;
  }
}
