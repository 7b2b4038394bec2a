/**
 * What shells read without starting a process: the state of the sync for a prompt, and the hosts for their aliases.
 *
 * `<state>/shell/state` is one line, `PID MARK`: who reads it asks whether that process lives before believing it.
 * `<state>/shell/hosts` names the hosts, one a line.
 *
 * @module
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import type { Home } from '../../platform/home.ts';
import type { Agent } from './agent.ts';
import type { Glance } from './agent-api.ts';

/** A prompt is drawn after each command, not in between. */
const LEAST_PAUSE_MS = 250;

export function shellFolder(home: Pick<Home, 'state'>): AbsPath {
  return childPath(home.state, 'shell');
}

/** Keeps them until closed. */
export function keepShellFiles(
  agent: Pick<Agent, 'glance' | 'knownHosts' | 'onState'>,
  { home, onFailure }: { readonly home: Home; readonly onFailure: (error: unknown) => void },
): Disposable {
  const folder = shellFolder(home);
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const refresh = (): void => {
    try {
      const status = agent.glance();
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      replaceText(childPath(folder, 'state'), `${process.pid} ${markOf(status)}\n`);
      replaceText(
        childPath(folder, 'hosts'),
        hostNames(status, agent.knownHosts())
          .map((name) => `${name}\n`)
          .join(''),
      );
    } catch (error) {
      onFailure(error);
    }
  };
  agent.onState(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      refresh();
    }, LEAST_PAUSE_MS);
  }, closing.signal);
  refresh();
  return {
    [Symbol.dispose]() {
      closing.abort();
      clearTimeout(timer);
      rmSync(childPath(folder, 'state'), { force: true });
    },
  };
}

/** One word, as short as a prompt wants it. Pure. */
export function markOf({ state, roots }: Pick<Glance, 'state' | 'roots'>): string {
  const sum = (count: (root: Glance['roots'][number]) => number): number =>
    roots.reduce((total, root) => total + count(root), 0);
  switch (state) {
    case 'in-sync':
      return '✓';
    case 'syncing': {
      const pending = sum(({ peers }) => peers.reduce((total, peer) => total + peer.toSend + peer.toReceive, 0));
      return `↻${pending || ''}`;
    }
    case 'attention': {
      const halted = sum((root) => Number(root.state === 'halted'));
      const refused = sum(({ peers }) => peers.filter((peer) => peer.state === 'refused').length);
      return `!${sum(({ conflicts, problems, heldDeletes }) => conflicts + problems.length + heldDeletes) + halted + refused}`;
    }
    case 'offline':
      return '…';
    case 'paused':
      return '‖';
    case 'idle':
      return '·';
  }
}

function hostNames({ hosts }: Glance, known: readonly string[]): string[] {
  return [...new Set([...hosts.map(({ name }) => name), ...known])].sort();
}

/** As a whole, and only where it differs. What it says is of this moment: nothing waits for the disk. */
export function replaceText(path: AbsPath, text: string, { mode = 0o600 } = {}): boolean {
  if (readText(path) === text) return false;
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
  return true;
}

function readText(path: AbsPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
