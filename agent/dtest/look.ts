/**
 * Looking at what a side holds, and waiting until it does.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteSh } from '../link/remote-shell.ts';
import { expectThat, Failed, type Trial } from './scenario.ts';
import type { Side } from './stage.ts';

/** Far more than any of it takes; a slow disk or line is no fault. */
export const ARRIVE_MS = 60_000;
const POLL_MS = 50;

/**
 * Every file with checksum and size, every link with its target, every folder, and which files are executable; without
 * what is each host's own. Two sides that hold the same give the same text.
 */
export async function listTree(side: Side, folder: string): Promise<string> {
  const { code, stdout, stderr } = await side.sh(`
LC_ALL=C; export LC_ALL
cd ${quoteSh(folder)} 2>/dev/null || { echo 'no such folder'; exit 0; }
skip() { find . \\( -name .git -o -path ./.dsync \\) -prune -o "$@"; }
{
  skip -type f -exec cksum {} +
  skip -type f -perm -100 -exec printf 'executable %s\\n' {} +
  skip -type d -exec printf 'folder %s\\n' {} +
  skip -type l -exec sh -c 'for link; do printf "link %s -> %s\\n" "$link" "$(readlink "$link")"; done' sh {} +
} | sort`);
  expectThat(code === 0, `Could not look at ${folder} on ${side.name}: ${stderr.trim()}`);
  return stdout;
}

/** Waits until the other host has all, by its own word. */
export async function expectThere({ stage, signal }: Trial): Promise<void> {
  const params = { path: stage.here.root, timeoutMs: ARRIVE_MS };
  const { inSync, reason } = await stage.agent.call('wait', params, { signal });
  expectThat(inSync, `Not in sync within ${ARRIVE_MS / 1000} s: ${reason ?? 'no reason given'}`);
}

/** Waits until the other host has all, then compares both trees, byte by byte of their listings. */
export async function expectAlike(trial: Trial): Promise<void> {
  const { stage, folder } = trial;
  await expectThere(trial);
  const [here, there] = await Promise.all([listTree(stage.here, folder), listTree(stage.there, folder)]);
  if (here === there) return;
  const lines = new Set(there.split('\n'));
  const missing = here.split('\n').find((line) => !lines.has(line));
  const extra = there.split('\n').find((line) => !here.split('\n').includes(line));
  throw new Failed(
    `Both sides say that they are in sync, but ${stage.there.name} has ${extra ?? 'nothing'} where here is ${missing ?? 'nothing'}`,
    'This is a bug in dsync; please report it with the output of: dsync logs',
  );
}

/** Waits in one go on that side, so that the way there is not counted again and again. */
export async function expectContent(
  side: Side,
  path: string,
  content: string,
  { within = ARRIVE_MS } = {},
): Promise<void> {
  const tries = Math.ceil(within / 20);
  const { code } = await side.sh(`
i=0
until [ "$(cat ${quoteSh(path)} 2>/dev/null)" = ${quoteSh(content)} ]; do
  i=$((i + 1)); [ $i -lt ${tries} ] || exit 1
  sleep 0.02 2>/dev/null || sleep 1
done`);
  expectThat(code === 0, `${path} did not get its content on ${side.name} within ${within / 1000} s`);
}

/** Looks until it holds. */
export async function until(
  what: string,
  look: () => Promise<boolean>,
  { signal, within = ARRIVE_MS }: { readonly signal: AbortSignal; readonly within?: number },
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await look())) {
    expectThat(performance.now() < deadline, `Not within ${within / 1000} s: ${what}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Runs a script that must succeed. */
export async function shDone(side: Side, script: string): Promise<string> {
  const { code, stdout, stderr } = await side.sh(script);
  expectThat(code === 0, `A command on ${side.name} ended with ${code}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}
