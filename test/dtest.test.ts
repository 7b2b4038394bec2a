/**
 * `dtest` itself: on this machine alone, with a host over a real sshd, and interrupted.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { SCENARIO_NAMES } from '../agent/dtest/scenario-names.ts';
import { DSYNC, runDsync } from './harness/command.ts';
import { testPair } from './harness/e2e.ts';
import { until } from './harness/eventually.ts';
import { processesOf } from './harness/processes.ts';
import { createScratch } from './harness/scratch.ts';

const DTEST = fileURLToPath(new URL('./dtest.js', pathToFileURL(DSYNC)));
const DTEST_MS = 180_000;
/** Each on one of the two stages; the slow wait for a repository that nothing carries is left out. */
const ON_ONE_MACHINE = [
  'real-time watching',
  'conflict',
  'session handoff',
  'launcher',
  'discovery',
  'environment',
  'performance',
] as const;
const WITH_A_HOST = ['file sync', 'both directions', 'the whole workflow'] as const;

function chosen(names: readonly (typeof SCENARIO_NAMES)[number][]): string[] {
  return names.flatMap((name) => ['--scenario', `${SCENARIO_NAMES.indexOf(name) + 1}`]);
}

const reportSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  notTried: z.number(),
  outcomes: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      seen: z.array(z.string()),
      figures: z.record(z.string(), z.number()),
      fault: z.object({ message: z.string(), cause: z.string() }).optional(),
    }),
  ),
});

test(
  'on this machine alone all that is built passes, and nothing stays',
  async () => {
    using scratch = createScratch('dtest');
    const env = { ...process.env, TMPDIR: scratch.path, HOME: scratch.path, NO_COLOR: '1' };
    const { code, stdout, stderr } = await runDsync(['--json', ...chosen(ON_ONE_MACHINE)], {
      env,
      program: DTEST,
      timeoutMs: DTEST_MS,
    });
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.outcomes.filter(({ state }) => state === 'failed')).toEqual([]);
    // A session goes to a host with a shell, so here it can only be said that it was not tried.
    const notTried = report.outcomes.filter(({ state }) => state !== 'passed').map(({ name }) => name);
    expect(notTried).toEqual(['session handoff']);
    expect(report.passed).toBe(ON_ONE_MACHINE.length - 1);
    expect(code).toBe(3);
    const { figures } = report.outcomes.find(({ name }) => name === 'performance') ?? {};
    for (const name of ['saveToVisibleP50Ms', 'filesPerMinute', 'megabytesPerSecond', 'bareMegabytesPerSecond']) {
      expect(figures?.[name], `${name}; ${stderr}`).toBeGreaterThan(0);
    }
    expect(leftovers(scratch.path)).toEqual([]);
    expect(processesOf(scratch.path)).toEqual([]);
  },
  DTEST_MS,
);

test(
  'with a host over its real link: the user’s own roots stay as they are, also when it is interrupted',
  async () => {
    await using pair = await testPair({ files: { a: { 'own.txt': 'own' } } });
    await pair.inSync();
    const { a, b } = pair;
    const tmp = join(pair.folder, 'tmp');
    mkdirSync(tmp);
    const env = { ...a.env, TMPDIR: tmp };
    const before = await setup();

    const some = ['B', '--json', ...chosen(WITH_A_HOST)];
    const { code, stdout } = await runDsync(some, { env, program: DTEST, timeoutMs: DTEST_MS });
    const report = reportSchema.parse(JSON.parse(stdout));
    const [files, both, workflow] = report.outcomes;
    expect([files, both].map((outcome) => [outcome?.state, outcome?.fault])).toEqual([
      ['passed', undefined],
      ['passed', undefined],
    ]);
    // Up to the handoff, where that cannot be tried.
    expect(workflow?.seen).toContainEqual('both hosts prove to be equal');
    expect([workflow?.state, code]).toEqual(workflow?.state === 'passed' ? ['passed', 0] : ['not-tried', 3]);
    expect(await setup()).toEqual(before);

    // One that takes long enough to be interrupted.
    const child = spawn(process.execPath, [DTEST, 'B', '-s', '10'], { env, stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until('the scratch root is there', async () => (await a.dsync('root', 'ls')).includes('dtest-'));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(await setup()).toEqual(before);
    await pair.holds({ 'own.txt': 'own' });

    /** What dsync knows of roots on both hosts, and what lies in the folder for temporary files. */
    async function setup() {
      const own = (home: string) => ({
        roots: readFileSync(join(home, 'state/roots.json'), 'utf8'),
        index: readdirSync(join(home, 'state/index')),
        paths: existsSync(join(home, 'config/paths.txt')) && readFileSync(join(home, 'config/paths.txt'), 'utf8'),
      });
      return { a: own(a.home), b: own(b.home), left: leftovers(tmp) };
    }
  },
  DTEST_MS,
);

test('a host that is not known is named, and so is a wrong number', async () => {
  using scratch = createScratch('dtest');
  const env = { ...process.env, HOME: scratch.path, DSYNC_HOME: join(scratch.path, 'home'), NO_COLOR: '1' };
  expect(await runDsync(['nosuch'], { env, program: DTEST })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('dtest: There is no host called nosuch'),
  });
  expect((await runDsync(['-s', '12'], { env, program: DTEST })).code).toBe(2);
});

/** Node keeps its own compile cache there. */
function leftovers(folder: string): string[] {
  return readdirSync(folder).filter((name) => /dtest|dsync/.test(name));
}
