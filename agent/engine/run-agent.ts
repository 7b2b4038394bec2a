/**
 * The agent as a process: engine and socket, from start to stop.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { childPath } from '../../platform/abs-path.ts';
import { ensureHome, type Home } from '../../platform/home.ts';
import { logPath, openLog } from '../../platform/log.ts';
import { VERSION } from '../../platform/version.ts';
import { serveControl } from '../control/server.ts';
import { type Agent, createAgent } from './agent.ts';
import { readSettings } from './config/settings.ts';
import { keepHeapSmall } from './memory-release.ts';
import { keepShellFiles } from './shell-files.ts';
import { runUpkeep, startUpkeep } from './upkeep.ts';

/** Resolves once it has stopped: by the signal, by `dsync stop`, or because another agent runs here already. */
export async function runAgent({
  home,
  signal,
}: {
  readonly home: Home;
  readonly signal: AbortSignal;
}): Promise<'stopped' | 'already-running'> {
  keepHeapSmall();
  ensureHome(home);
  const { logLevel, saveSessionMinutes } = readSettings(home);
  const { log, close } = openLog(logPath(home), { level: logLevel });
  const upkeep = startUpkeep({ everyMs: saveSessionMinutes * 60_000, run: () => runUpkeep(home) });
  try {
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    // The socket comes first: it is what keeps two agents from opening one index.
    let agent: Agent | undefined;
    let shellFiles: Disposable | undefined;
    let ready: (started: Agent) => void = () => undefined;
    let failed: (error: unknown) => void = () => undefined;
    const started = new Promise<Agent>((resolve, reject) => {
      ready = resolve;
      failed = reject;
    });
    const api = started.then((running) => running.api);
    for (const each of [started, api]) each.catch(() => undefined);
    const serving = await serveControl(home.socket, {
      api,
      onLink: (stream) => {
        started.then(
          (running) => running.accept(stream, { hasShell: true }),
          () => stream.destroy(),
        );
      },
      onStripe: (stream, link) => {
        started.then(
          (running) => running.acceptStripe(stream, link),
          () => stream.destroy(),
        );
      },
      onPair: (stream) => {
        started.then(
          (running) => running.openPairing(stream),
          () => stream.destroy(),
        );
      },
      onStop: () => stop(),
    });
    if (serving.kind === 'ALREADY_RUNNING') return 'already-running';
    try {
      agent = await createAgent({ home, log, onParcels: upkeep.soon });
      ready(agent);
      shellFiles = keepShellFiles(agent, {
        home,
        onFailure: (error) => log.warn({ err: error }, 'Could not write what shells read'),
      });
      log.info({ version: VERSION, node: process.version, home: childPath(home.state, '') }, 'started');
      if (existsSync(childPath(home.state, 'handoff/ledger'))) upkeep.soon();
      if (!signal.aborted) {
        signal.addEventListener('abort', () => stop(), { once: true });
        await stopped;
      }
      log.info('stopping');
    } catch (error) {
      failed(error);
      log.fatal({ err: error }, 'The agent could not go on');
      throw error;
    } finally {
      shellFiles?.[Symbol.dispose]();
      await agent?.close();
      await serving.server.close();
    }
    return 'stopped';
  } finally {
    upkeep.close();
    close();
  }
}
