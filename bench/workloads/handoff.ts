/**
 * A terminal session: saved with its 20 panes, and taken to another host and back.
 *
 * tmuxp freezes the same session beside it, with what it can keep of it: layouts and the names of programs.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { captureSession } from '../../handoff/session.ts';
import { resolveHome } from '../../platform/home.ts';
import { DSYNC } from '../../test/harness/command.ts';
import { until } from '../../test/harness/eventually.ts';
import { type Desk, SWITCH_HOST, startDesks } from '../../test/harness/handoff.ts';
import { createScratch } from '../../test/harness/scratch.ts';
import { createSessionUser, SERVER, type SessionUser } from '../../test/harness/session.ts';
import { freePort } from '../../test/sshd.ts';
import { type Context, scaled } from '../context.ts';
import { isInstalled } from '../peers.ts';
import type { Row } from '../row.ts';
import { summarize } from '../stats.ts';

const SERVERS = 4;
const PANES = 20;

export async function handoff(context: Context): Promise<Row[]> {
  return [...(await saving(context)), ...(await switching(context))];
}

async function saving(context: Context): Promise<Row[]> {
  using scratch = createScratch('saving');
  await using user = createSessionUser(join(scratch.path, 'user'));
  await sitDown(user);
  const workload = `save a session of ${PANES} panes, ${SERVERS} of them servers`;
  const { env, socket, home } = user;
  const subjects: Readonly<Record<string, () => Promise<unknown>>> = {
    'dsync, in a running process': () =>
      captureSession({ home: resolveHome(env), signal: new AbortController().signal, socket }),
    'dsync handoff save': () => run(process.execPath, [DSYNC, 'handoff', 'save', '--socket', socket], env),
    'node -e 0': () => run(process.execPath, ['-e', '0'], env),
    ...(isInstalled('tmuxp') && {
      'tmuxp freeze': () =>
        run('tmuxp', ['freeze', '-S', socket, '-y', '-q', '--force', '-o', join(home, 'frozen.yaml'), 'work'], env),
    }),
  };
  const samples = new Map<string, number[]>();
  for (let round = 0; round < scaled(context, 15, 3); round++) {
    for (const [subject, save] of Object.entries(subjects)) {
      const startMs = performance.now();
      await save();
      samples.set(subject, [...(samples.get(subject) ?? []), performance.now() - startMs]);
    }
  }
  return [...samples].map(([subject, times]): Row => {
    const row = { workload, subject, unit: 'ms' as const, samples: times };
    return subject.endsWith('process')
      ? { ...row, bar: { text: 'p50 ≤ 250 ms', met: summarize(times).p50 <= 250 } }
      : row;
  });
}

/** Shells, servers, what follows a log, and a program that waits, in ten windows of two panes. */
async function sitDown(user: SessionUser): Promise<void> {
  user.write('server.js', SERVER);
  user.write('log', 'x\n');
  await user.startTmux();
  for (let i = 0; i < PANES / 2; i++) {
    if (i > 0) await user.tmux('new-window', '-d', '-t', `=work:${i}`);
    await user.tmux('split-window', '-d', '-h', '-t', `=work:${i}.0`);
    const isServer = i < SERVERS;
    await user.type(`=work:${i}.1`, isServer ? `node server.js ${await freePort()}` : 'tail -f log');
    if (isServer) await user.shows(`=work:${i}.1`, 'listening');
    else await user.runs(`=work:${i}.1`, 'tail');
  }
}

async function switching(context: Context): Promise<Row[]> {
  await using desks = await startDesks();
  await desks.sitDown();
  const plans: number[] = [];
  const moves: number[] = [];
  for (let i = 0; i < scaled(context, 7, 2); i++) {
    for (const [args, at] of [[['B'], 'b'] as const, [['--back'], 'a'] as const]) {
      const { planMs, moveMs } = await timeSwitch(desks.a, args);
      await desks.served(at);
      plans.push(planMs);
      moves.push(moveMs);
    }
  }
  const workload = 'hand over a session of two panes and a server, loopback';
  const row = (what: string, samples: readonly number[], limitMs: number): Row => ({
    workload,
    subject: `dsync, ${what}`,
    unit: 'ms',
    samples,
    bar: { text: `p50 ≤ ${limitMs / 1_000} s`, met: summarize(samples).p50 <= limitMs },
  });
  return [row('until the plan is shown', plans, 1_000), row('from yes to put up, its server answering', moves, 5_000)];
}

/** Both from the moment before: the start of the program, and the plan being shown. */
async function timeSwitch({ env, host }: Desk, args: readonly string[]): Promise<{ planMs: number; moveMs: number }> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [SWITCH_HOST, ...args, '--yes', '--no-attach'], {
    env,
    cwd: host.root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let plannedMs = 0;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (plannedMs === 0 && said.includes('(planned in')) plannedMs = performance.now();
  });
  await until('the session has changed hands', () => child.exitCode !== null, { timeoutMs: 60_000 });
  if (child.exitCode !== 0) throw new Error(`switch-host ended with ${child.exitCode}: ${said}`);
  return { planMs: plannedMs - startMs, moveMs: performance.now() - plannedMs };
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
}
