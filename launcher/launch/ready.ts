/**
 * Waiting until what was started listens, and answers if it says where.
 *
 * @module
 */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pidOnPort, portsOf } from '../ports/listeners.ts';
import { processesOfRun } from '../ports/process-table.ts';
import type { RunRecord } from './run-record.ts';
import { isAlive } from './run-state.ts';

export type Ready =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'ended' }
  /** It runs, and does not listen yet or does not answer as it should. */
  | { readonly kind: 'waiting'; readonly port: number | undefined };

export interface ReadyOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** A path that has to answer with a status below 500. */
  readonly health?: string | undefined;
}

const POLL_MS = 60;

export async function waitUntilReady(run: RunRecord, { signal, timeoutMs, health }: ReadyOptions): Promise<Ready> {
  const deadline = performance.now() + timeoutMs;
  let port: number | undefined;
  for (;;) {
    const isRunning = isAlive(run);
    port = listeningPort(run);
    if (port !== undefined && (health === undefined || (await answers(port, health, signal))))
      return { kind: 'listening', port };
    if (!isRunning) return { kind: 'ended' };
    if (performance.now() > deadline) return { kind: 'waiting', port };
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** The port that was expected, if it is among those; a container's is held by docker, and counts by its number. */
function listeningPort({ id, how, port }: RunRecord): number | undefined {
  const ports = portsOf(processesOfRun(id, how.pid));
  if (port === undefined) return ports[0];
  if (ports.includes(port)) return port;
  return ports[0] ?? (pidOnPort(port) === undefined ? undefined : port);
}

function answers(port: number, path: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: 'localhost', port, path, timeout: 2_000, signal }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
