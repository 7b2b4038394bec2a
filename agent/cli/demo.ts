/**
 * `dsync demo`: the tool at work on this machine alone, with nothing set up.
 *
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { absPath, childPath, tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import type { AgentEvent } from '../control/api.ts';
import { startDemoHosts } from './demo-hosts.ts';
import { createScreen, type DemoState, demoHead, demoHints, demoLine, shownEvents } from './demo-view.ts';

const DRAW_MS = 100;
const WELCOME = `# Welcome to dsync

This folder is kept the same on two hosts. Save something here, and look there.

- Edit this file on both sides within one second: both versions are kept.
- Delete it: it is in the trash, and comes back with \`dsync restore\`.
`;

/** @param folder holds the two demo folders, `here` and `there`; made if it is missing */
export async function demo(cli: Cli, { folder }: { readonly folder: string }): Promise<ExitCode> {
  const base = absPath(folder);
  const folders = { here: childPath(base, 'here'), there: childPath(base, 'there') };
  for (const each of Object.values(folders)) mkdirSync(each, { recursive: true });
  const welcome = childPath(folders.here, 'welcome.md');
  if (!existsSync(welcome)) writeFileSync(welcome, WELCOME);
  const hosts = await startDemoHosts(folders);
  const { colors, signal } = cli;
  const isTerminal = process.stdout.isTTY;
  const lines: string[] = [];
  const listening: Promise<void>[] = [];
  let dirty = true;
  const happened = (side: 'here' | 'there') => (event: AgentEvent) => {
    dirty = true;
    const line = demoLine({ side, event }, colors);
    if (line === undefined) return;
    lines.push(line);
    if (lines.length > 100) lines.shift();
    if (!isTerminal) cli.print(`  ${line}`);
  };
  const state = async (): Promise<DemoState> => {
    const { roots, hosts: linked } = await hosts.here.api.status({}, { signal });
    return {
      folders: { here: tildePath(folders.here), there: tildePath(folders.there) },
      address: hosts.address,
      connected: linked[0]?.state === 'connected',
      rttMs: linked[0]?.rttMs,
      files: roots[0]?.files ?? 0,
      latency: roots[0]?.latency ?? { count: 0, p50Ms: 0, p95Ms: 0 },
      conflicts: roots[0]?.conflicts ?? 0,
    };
  };
  try {
    listening.push(
      hosts.here.api.events(happened('here'), { signal }),
      hosts.there.api.events(happened('there'), { signal }),
    );
    await hosts.here.api.wait({ timeoutMs: 10_000 }, { signal });
    const draw = createScreen(process.stdout);
    if (!isTerminal)
      for (const line of [...demoHead(await state(), colors), ...demoHints(await state(), colors), '']) cli.print(line);
    while (!signal.aborted) {
      if (isTerminal && dirty) {
        dirty = false;
        const now = await state();
        draw([...demoHead(now, colors), ...shownEvents(lines), '', ...demoHints(now, colors)]);
      }
      await new Promise((resolve) => setTimeout(resolve, DRAW_MS));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await Promise.allSettled(listening);
    await hosts.close();
  }
  cli.print('');
  cli.print(`  Stopped. The folders are still there: ${tildePath(folders.here)} and ${tildePath(folders.there)}`);
  return 0;
}
