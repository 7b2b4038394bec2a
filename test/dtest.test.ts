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
/** The slow wait for a repository that nothing carries is left out. */
const GIT = SCENARIO_NAMES.indexOf('git repository') + 1;

const reportSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  notBuilt: z.number(),
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
    const numbers = SCENARIO_NAMES.map((_, i) => i + 1).filter((number) => number !== GIT);
    const args = ['--json', ...numbers.flatMap((number) => ['--scenario', String(number)])];
    const { code, stdout, stderr } = await runDsync(args, { env, program: DTEST, timeoutMs: DTEST_MS });
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.outcomes.filter(({ state }) => state === 'failed')).toEqual([]);
    const passed = report.outcomes.filter(({ state }) => state === 'passed').map(({ name }) => name);
    expect(passed).toEqual(
      expect.arrayContaining([
        'file sync',
        'real-time watching',
        'both directions',
        'conflict',
        'launcher',
        'discovery',
        'performance',
      ]),
    );
    expect(code).toBe(report.notBuilt > 0 ? 3 : 0);
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

    const some = ['B', '--json', '-s', '1', '-s', '3', '-s', '4'];
    const { code, stdout } = await runDsync(some, { env, program: DTEST, timeoutMs: DTEST_MS });
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.outcomes.map(({ name, state, fault }) => [name, state, fault])).toEqual([
      ['file sync', 'passed', undefined],
      ['both directions', 'passed', undefined],
      ['conflict', 'passed', undefined],
    ]);
    expect(code).toBe(0);
    expect(await setup()).toEqual(before);

    const child = spawn(process.execPath, [DTEST, 'B', '-s', '2'], { env, stdio: 'ignore' });
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
