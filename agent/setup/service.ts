/**
 * The service that keeps the agent running, put in place and taken away by the system's own tools.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type AbsPath, absPath, childPath, tildePath } from '../../platform/abs-path.ts';
import { type Captured, capture } from '../../platform/capture.ts';
import { DsyncError } from '../../platform/failure.ts';
import { type Change, createStep, type Step } from './change.ts';
import type { Service } from './choices.ts';
import type { Ledger } from './ledger.ts';
import { withMarkedLine, withoutMarkedLine } from './marked-line.ts';
import type { Place } from './place.ts';
import {
  crontabLine,
  LAUNCHD_LABEL,
  launchdPlist,
  type ServiceFacts,
  serviceEnv,
  systemdUnit,
  UNIT_NAME,
  WRITTEN_BY,
} from './service-files.ts';
import { planTextEdit } from './text-file.ts';

export interface ServiceContext {
  readonly ledger: Ledger;
  readonly userHome: AbsPath;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly signal: AbortSignal;
}

export interface Starting extends ServiceContext {
  readonly start: boolean;
  /** Ends an agent that runs outside of the service; absent where none runs. */
  readonly stop?: Change;
}

const BY_PREFERENCE = ['launchd', 'systemd', 'cron'] as const;

/** The one that works here. */
export async function findService(context: ServiceContext): Promise<Service> {
  for (const service of BY_PREFERENCE) if (await works(service, context)) return service;
  return 'none';
}

async function works(service: Service, { platform, signal }: ServiceContext): Promise<boolean> {
  switch (service) {
    case 'launchd':
      return platform === 'darwin';
    case 'systemd':
      return (await capture('systemctl', ['--user', 'show-environment'], { signal })).code === 0;
    case 'cron':
      // Without any crontab of this user it says so and ends with 1; without the program that is 127.
      return (await capture('crontab', ['-l'], { signal })).code <= 1;
    case 'none':
      return true;
  }
}

/** @throws {DsyncError} BAD_INPUT a file cannot be changed; UNSUPPORTED there is no such service here */
export async function planService(
  service: Service,
  { place, ...context }: Starting & { readonly place: Place },
): Promise<Step> {
  if (!(await works(service, context))) {
    throw new DsyncError('UNSUPPORTED', `${service} does not work for this user here. Nothing was changed.`, {
      cure: 'Let setup find one that does: --service auto; or leave the service out: --service none',
    });
  }
  const facts: ServiceFacts = { command: place.command, env: serviceEnv(context.env) };
  switch (service) {
    case 'systemd':
      return planSystemd(facts, context);
    case 'launchd':
      return planLaunchd(facts, context);
    case 'cron':
      return planCron(crontabLine(facts), context.signal);
    case 'none':
      return createStep('service', {});
  }
}

/** Takes away whichever is there. */
export async function planServiceRemoval(context: ServiceContext): Promise<Step> {
  const { ledger, signal } = context;
  const changes: Change[] = [];
  const unit = unitPath(context);
  if (isOurs(unit)) {
    changes.push(
      commandChange(`disable ${UNIT_NAME}`, ['systemctl', '--user', 'disable', '--now', UNIT_NAME], {
        signal,
        lenient: true,
      }),
      ...removal(unit, ledger),
      commandChange('tell systemd', ['systemctl', '--user', 'daemon-reload'], { signal, lenient: true }),
    );
  }
  const plist = plistPath(context);
  if (isOurs(plist)) {
    const target = `${launchdDomain()}/${LAUNCHD_LABEL}`;
    changes.push(
      commandChange('end the launchd agent', ['launchctl', 'bootout', target], { signal, lenient: true }),
      ...removal(plist, ledger),
    );
  }
  const table = await capture('crontab', ['-l'], { signal });
  const rest = withoutMarkedLine(table.stdout);
  if (table.code === 0 && rest !== undefined && rest !== table.stdout)
    changes.push(crontabChange('take the line of dsync out of the crontab', table.stdout, rest, signal));
  return createStep('service', { changes });
}

async function planSystemd(facts: ServiceFacts, { start, stop, ...context }: Starting): Promise<Step> {
  const { ledger, signal } = context;
  const path = unitPath(context);
  const ask = async (...args: string[]): Promise<Captured> => capture('systemctl', ['--user', ...args], { signal });
  const write = planTextEdit({
    path,
    what: `write the service ${tildePath(path)}`,
    edit: (text) => replaced(path, text, systemdUnit(facts)),
    ledger,
    cure: 'Leave the service out: dsync setup --service none',
  });
  const isEnabled = (await ask('is-enabled', UNIT_NAME)).stdout.trim() === 'enabled';
  const changes: Change[] = [];
  const right: string[] = [];
  if (write === undefined) right.push(`the service ${tildePath(path)} is there`);
  else changes.push(write, commandChange('tell systemd', ['systemctl', '--user', 'daemon-reload'], { signal }));
  if (isEnabled && write === undefined) right.push('it starts when you log in');
  else {
    changes.push({
      ...commandChange('start it at each login', ['systemctl', '--user', 'enable', UNIT_NAME], { signal }),
      undo: () => ask('disable', UNIT_NAME),
    });
  }
  if (start && (await ask('is-active', UNIT_NAME)).stdout.trim() !== 'active') {
    if (stop !== undefined) changes.push(stop);
    changes.push({
      ...commandChange('start it', ['systemctl', '--user', 'start', UNIT_NAME], { signal }),
      undo: () => ask('stop', UNIT_NAME),
    });
  }
  const notes: string[] = [];
  const user = userInfo().username;
  const linger = await capture('loginctl', ['show-user', user, '-p', 'Linger', '--value'], { signal });
  if (linger.stdout.trim() === 'yes') right.push('it runs without a login (lingering)');
  else if (write === undefined)
    notes.push(`it ends with your last login; to change that: sudo loginctl enable-linger ${user}`);
  else {
    // Where it is not allowed, the service still runs from login to logout.
    const command = ['loginctl', 'enable-linger'];
    changes.push(commandChange('let it run without a login (lingering)', command, { signal, lenient: true }));
  }
  return createStep('service', { changes, right, notes });
}

async function planLaunchd(facts: ServiceFacts, { start, ...context }: Starting): Promise<Step> {
  const { ledger, signal } = context;
  const path = plistPath(context);
  const target = `${launchdDomain()}/${LAUNCHD_LABEL}`;
  const write = planTextEdit({
    path,
    what: `write the launchd agent ${tildePath(path)}`,
    edit: (text) => replaced(path, text, launchdPlist(facts)),
    ledger,
    cure: 'Leave the service out: dsync setup --service none',
  });
  const isLoaded = (await capture('launchctl', ['print', target], { signal })).code === 0;
  const changes: Change[] = [];
  if (write !== undefined) changes.push(write);
  if (write !== undefined && isLoaded)
    changes.push(commandChange('end the former one', ['launchctl', 'bootout', target], { signal, lenient: true }));
  if (start && (write !== undefined || !isLoaded)) {
    changes.push({
      ...commandChange('start it, now and at each login', ['launchctl', 'bootstrap', launchdDomain(), path], {
        signal,
      }),
      undo: () => capture('launchctl', ['bootout', target]),
    });
  }
  return createStep('service', {
    changes,
    right: write === undefined ? [`the launchd agent ${tildePath(path)} is there`] : [],
  });
}

async function planCron(line: string, signal: AbortSignal): Promise<Step> {
  const table = await capture('crontab', ['-l'], { signal });
  const before = table.code === 0 ? table.stdout : '';
  const after = withMarkedLine(before, line);
  if (after === before) return createStep('service', { right: ['the crontab starts the agent with the machine'] });
  return createStep('service', {
    changes: [crontabChange('add one line to your crontab (@reboot)', before, after, signal)],
  });
}

function crontabChange(what: string, before: string, after: string, signal: AbortSignal): Change {
  const put = async (text: string): Promise<undefined> => {
    const { code, stderr } = await (text === ''
      ? capture('crontab', ['-r'], { signal })
      : capture('crontab', ['-'], { signal, input: text }));
    if (code !== 0) throw new DsyncError('COMMAND_FAILED', `crontab ended with ${code}: ${stderr.trim()}`);
    return undefined;
  };
  return { what, apply: () => put(after), undo: () => put(before) };
}

/** @param lenient what it says where it fails is a note, and no failure */
function commandChange(
  what: string,
  [program = '', ...args]: readonly string[],
  { signal, lenient = false }: { readonly signal: AbortSignal; readonly lenient?: boolean },
): Change {
  const command = [program, ...args].join(' ');
  return {
    what: `${what}: ${command}`,
    async apply() {
      const { code, stderr } = await capture(program, args, { signal });
      if (code === 0) return undefined;
      const said = stderr.trim() || `it ended with ${code}`;
      if (lenient) return `that was not possible: ${said}`;
      throw new DsyncError('COMMAND_FAILED', `${command}: ${said}`, {
        cure: 'Leave the service out: dsync setup --service none',
      });
    },
  };
}

/** @throws {DsyncError} BAD_INPUT somebody else wrote what is there */
function replaced(path: AbsPath, before: string | undefined, after: string): string {
  if (before === undefined || before.includes(WRITTEN_BY)) return after;
  throw new DsyncError('BAD_INPUT', `${tildePath(path)} is there already, and is not dsync's. Nothing was changed.`, {
    cure: 'Move it away, or leave the service out: dsync setup --service none',
  });
}

function isOurs(path: AbsPath): boolean {
  return existsSync(path) && readFileSync(path, 'utf8').includes(WRITTEN_BY);
}

function removal(path: AbsPath, ledger: Ledger): Change[] {
  const change = planTextEdit({
    path,
    what: `remove ${tildePath(path)}`,
    edit: () => undefined,
    ledger,
    cure: `Remove it by hand: rm ${path}`,
  });
  return change === undefined ? [] : [change];
}

function unitPath({ env, userHome }: ServiceContext): AbsPath {
  return childPath(absPath(env.XDG_CONFIG_HOME || childPath(userHome, '.config')), `systemd/user/${UNIT_NAME}`);
}

function plistPath({ userHome }: ServiceContext): AbsPath {
  return childPath(userHome, `Library/LaunchAgents/${LAUNCHD_LABEL}.plist`);
}

function launchdDomain(): string {
  return `gui/${process.getuid?.() ?? 0}`;
}
