import { spawn } from 'node:child_process';
import { expect, onTestFailed, test } from 'vitest';
import { until } from './harness/eventually.ts';
import { type Desk, type Desks, SWITCH_HOST, startDesks } from './harness/handoff.ts';
import { processesOf } from './harness/processes.ts';

/** The last line that is seen of a program before it is killed. */
const MOMENTS = [
  'writing down what is to happen',
  'sending the session',
  'stopping what runs there by itself',
  'proving that both hosts hold the same',
  'offering it',
  'changing hands',
  'it has changed hands',
  'putting it up',
  'marking what stays behind',
] as const;

/** Starts `switch-host` and kills it once it has said this, or lets it end if it never does. */
function killedAt({ env, host }: Desk, args: readonly string[], said: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SWITCH_HOST, ...args], {
      env,
      cwd: host.root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (stderr.includes(`${said}\n`)) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', () => resolve(stderr));
  });
}

const isDsync = (env: NodeJS.ProcessEnv): boolean =>
  processesOf(env.DSYNC_HOME ?? '').some((pid) => commandOf(pid).includes('agent-step'));

function commandOf(pid: number): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

interface Standing {
  readonly sessions: readonly { readonly isHere: boolean; readonly epoch: number; readonly host: string }[];
  readonly open: readonly unknown[];
}

async function standing({ host }: Desk): Promise<Standing> {
  return JSON.parse((await host.run('handoff', 'status', '--json')).stdout);
}

async function recover({ a, b }: Desks): Promise<void> {
  await until('the far side has noticed', () => !isDsync(b.env));
  for (const { host } of [b, a]) await host.dsync('handoff', 'restore', '--retry');
}

test('killed at every step, the session is on one host afterwards, whole, and its server with it', async () => {
  await using desks = await startDesks();
  const { a, b, sitDown, served } = desks;
  await sitDown();
  const seen: string[] = [];
  onTestFailed(() => console.error(seen.join('\n---\n')));
  const ended = new Set<string>();
  for (const moment of MOMENTS) {
    seen.push(`killed at: ${moment}\n${await killedAt(a, ['B', '--yes', '--no-attach'], moment)}`);
    await recover(desks);
    const [atA, atB] = [await standing(a), await standing(b)];
    expect({ moment, open: [...atA.open, ...atB.open] }).toEqual({ moment, open: [] });
    const isAtA = atA.sessions[0]?.isHere !== false;
    const isAtB = atB.sessions[0]?.isHere === true;
    expect({ moment, owners: [isAtA, isAtB].filter(Boolean).length }).toEqual({ moment, owners: 1 });
    await served(isAtA ? 'a' : 'b');
    ended.add(isAtA ? 'a' : 'b');
    if (isAtA) continue;
    const back = await a.switchHost('--back', '--yes', '--no-attach');
    seen.push(back.stderr);
    expect(back.code).toBe(0);
    await served('a');
  }
  expect(ended).toEqual(new Set(['a', 'b']));
  const panes = await a.tmux('list-panes', '-a', '-F', '#{session_name} #{pane_current_command}');
  expect(panes).toBe('work bash\nwork node\n');
});
