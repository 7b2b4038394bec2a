/**
 * Services that have no pane to start with, and waiting until all of them answer.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import type { TmuxServer } from '../tmux/server.ts';
import type { RestorePlan, RestoreReport, ServicePlan } from './plan-schema.ts';

type ServiceReport = RestoreReport['services'][number];

const POLL_MS = 50;

export function serviceLog(home: Pick<Home, 'state'>, id: string): AbsPath {
  return childPath(home.state, `handoff/logs/${id}.log`);
}

/** Ids of those that were started: each in a group of its own, its output in a log. */
export function startBackground({ services }: RestorePlan, home: Pick<Home, 'state'>): ReadonlySet<string> {
  const own = services.filter(({ action }) => action === 'background');
  for (const service of own) startDetached(service, home);
  return new Set(own.map(({ id }) => id));
}

export function startDetached(
  { id, command, cwd, env }: Pick<ServicePlan, 'id' | 'command' | 'cwd' | 'env'>,
  home: Pick<Home, 'state'>,
): void {
  const log = serviceLog(home, id);
  mkdirSync(log.slice(0, log.lastIndexOf('/')), { recursive: true, mode: 0o700 });
  const fd = openSync(log, 'w', 0o600);
  try {
    const child = spawn(process.env.SHELL || '/bin/sh', ['-lc', command], {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', fd, fd],
    });
    // What stands in its way is seen when it does not listen.
    child.once('error', () => {});
    child.unref();
  } finally {
    closeSync(fd);
  }
}

export async function waitForServices(
  plan: RestorePlan,
  panes: RestoreReport['panes'],
  {
    server,
    started,
    signal,
    timeoutMs,
  }: {
    readonly server: TmuxServer;
    readonly started: ReadonlySet<string>;
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
  },
): Promise<ServiceReport[]> {
  const deadline = performance.now() + timeoutMs;
  return Promise.all(
    plan.services.map(async (service): Promise<ServiceReport> => {
      const { name, ports, problem, action, pane: key } = service;
      const pane = panes.find((one) => one.key === key);
      const isExpected =
        started.has(service.id) ||
        (action === 'with-pane' && (pane?.outcome === 'restored' || pane?.outcome === 'present')) ||
        problem === '';
      if (!isExpected) {
        const text = problem || pane?.text || 'it was not started';
        return { name, ports, state: 'down', text };
      }
      const isUp = await untilUp(service, deadline, signal);
      if (isUp) return { name, ports, state: 'up', text: '' };
      const words = action === 'with-pane' && key !== null ? await lastWords(server, key) : '';
      return {
        name,
        ports,
        state: 'waiting',
        text: `nothing answers on port ${ports.join(', ')}${words === '' ? '' : `; it says: ${words}`}`,
      };
    }),
  );
}

async function untilUp({ ports, health }: ServicePlan, deadline: number, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const listening = await Promise.all(ports.map(isListening));
    if (listening.every(Boolean) && (health.kind !== 'http' || (await answers(health.port, health.path ?? '/'))))
      return true;
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function isListening(port: number): Promise<boolean> {
  return (await canConnect(port, '127.0.0.1')) || (await canConnect(port, '::1'));
}

function canConnect(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 2_000 });
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: 'localhost', port, path, timeout: 2_000 }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

async function lastWords(server: TmuxServer, key: string): Promise<string> {
  const { paneWithKey } = await import('./present-panes.ts');
  const id = await paneWithKey(server, key);
  if (id === undefined) return '';
  const { stdout } = await server.run(['capture-pane', '-p', '-J', '-t', id]);
  return stdout.trim().split('\n').slice(-3).join(' / ');
}
