import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFailed, test } from 'vitest';
import { laterClaim } from '../handoff/protocol/claim.ts';
import { openLedger } from '../handoff/protocol/ledger.ts';
import { isUnfinished } from '../handoff/protocol/own-steps.ts';
import { openRecords } from '../handoff/protocol/records.ts';
import { absPath } from '../platform/abs-path.ts';
import { resolveHome } from '../platform/home.ts';
import { testDesks } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import { type Desk, type Desks, SWITCH_HOST } from './harness/handoff.ts';
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

/** Where only this moment counts, whichever side dies. */
const AROUND_THE_COMMIT = ['offering it', 'changing hands', 'it has changed hands', 'putting it up'] as const;

/** `here`: the program that was started; `there`: what it runs on the other host. */
const CASES = [
  ...MOMENTS.map((moment) => ({ moment, victim: 'here' as const })),
  ...AROUND_THE_COMMIT.map((moment) => ({ moment, victim: 'there' as const })),
];

/** Goes from A to B; what runs on one side is killed once this was said. Resolves with all that was said. */
function killedAt({ a, b }: Desks, { moment, victim }: (typeof CASES)[number]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SWITCH_HOST, 'B', '--yes', '--no-attach'], {
      env: a.env,
      cwd: a.host.root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    let isDone = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (isDone || !stderr.includes(`${moment}\n`)) return;
      isDone = true;
      const pids = victim === 'here' ? [child.pid ?? 0] : stepsOf(b);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
    });
    child.once('error', reject);
    child.once('close', () => resolve(stderr));
  });
}

/** What another host runs on this one for a handoff. */
const stepsOf = ({ env }: Desk): number[] =>
  processesOf(env.DSYNC_HOME ?? '').filter((pid) => commandOf(pid).includes('agent-step'));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const ledgerOf = ({ env }: Desk) => openLedger(openRecords(absPath(join(resolveHome(env).state, 'handoff', 'ledger'))));

test('killed at every step, the session is on one host afterwards, whole, and its server with it', {
  timeout: 300_000,
}, async () => {
  await using desks = await testDesks();
  const { a, b, sitDown, served } = desks;
  await sitDown();
  const seen: string[] = [];
  onTestFailed(() => console.error(seen.join('\n---\n')));
  const ended = new Set<string>();
  const { hostId: idOfA } = await a.host.status();
  for (const each of CASES) {
    seen.push(`killed: ${JSON.stringify(each)}\n${await killedAt(desks, each)}`);
    await until('the far side has noticed', () => stepsOf(b).length === 0);
    seen.push(await a.host.dsync('handoff', 'restore', '--retry'));
    const ledgers = [ledgerOf(a), ledgerOf(b)];
    const open = ledgers.flatMap((ledger) => [
      ...ledger.outgoings().filter(isUnfinished),
      ...ledger.incomings().filter(({ phase }) => phase === 'preparing' || phase === 'committed'),
    ]);
    expect({ ...each, open }).toEqual({ ...each, open: [] });
    const claims = ledgers.flatMap((ledger) => ledger.claims());
    // Before the first claim is written it is whose it was.
    const owner = claims.length === 0 ? idOfA : claims.reduce(laterClaim).owner;
    expect({ ...each, others: claims.filter((claim) => claim.owner !== owner) }).toEqual({ ...each, others: [] });
    const isAtA = owner === idOfA;
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
