/**
 * `dsync doctor` on hosts that are well, and on hosts of which half is broken.
 *
 * @module
 */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { reportSchema } from '../agent/doctor/report.ts';
import { DSYNC, type Ran, runDsync } from './harness/command.ts';
import type { TestHost } from './harness/host.ts';
import { type Pair, startPair } from './harness/pair.ts';
import { createScratch } from './harness/scratch.ts';

const DOCTOR_MS = 120_000;

/** One pair for all: what a test breaks, those after it find broken. */
let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ files: { a: { 'a.txt': 'a' } } });
  await pair.inSync();
}, DOCTOR_MS);
afterAll(() => pair[Symbol.asyncDispose]());
beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(pair.logTails())));

test('on a host where nothing is set up there is nothing to mend', async () => {
  using scratch = createScratch('doctor');
  const env = { ...process.env, HOME: scratch.path, DSYNC_HOME: join(scratch.path, 'home'), NO_COLOR: '1' };
  const ran = await runDsync(['doctor'], { env });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to sync yet') });
});

test(
  'all is well on two linked hosts',
  async () => {
    const { ran, report } = await doctor(pair.a);
    expect(codesOf(report)).toEqual([]);
    expect(ran.code).toBe(0);
    const details = report.checks.find(({ check }) => check === 'host B')?.details.join('; ');
    expect(details).toMatch(/linked by .*round trip .*its shell starts in .*its clock is .*dsync .* there/);
  },
  DOCTOR_MS,
);

test.skipIf(!/\/bash$/.test(userInfo().shell ?? ''))(
  'start-up files of the shell there are seen where they print and where they are slow',
  async () => {
    const rc = join(pair.folder, 'b/user/.bashrc');
    writeFileSync(rc, 'echo welcome\nsleep 0.6\n');
    const { ran, report } = await doctor(pair.a);
    rmSync(rc);
    expect(codesOf(report).filter((code) => code.startsWith('SHELL'))).toEqual(['SHELL_NOISY', 'SHELL_SLOW']);
    expect(ran.code).toBe(0);
  },
  DOCTOR_MS,
);

test(
  'half of it is broken: the doctor gets to the end, names it all, and mends what it may',
  async () => {
    const { a } = pair;
    const state = join(a.home, 'state');
    const configured = readFileSync(join(a.home, 'config/hosts.json'), 'utf8');
    await a.kill();
    await pair.sshd.kill();
    chmodSync(state, 0o755);
    writeFileSync(join(state, 'config.lock'), '4194305\n');
    const old = new Date(Date.now() - 3_600_000);
    utimesSync(join(state, 'config.lock'), old, old);
    mkdirSync(join(a.root, '.stfolder'));
    writeFileSync(join(a.home, 'config/settings.json'), '{ "logLevel": "loud" }');
    appendFileSync(join(a.home, 'config/paths.txt'), '~/nosuch "unclosed\n');
    // One of the programs that are asked hangs.
    const bin = join(pair.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'tmux'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const env = { ...a.env, PATH: `${bin}${delimiter}${a.env.PATH}` };

    const start = performance.now();
    const { ran, report } = await doctor(a, { env });
    expect(performance.now() - start).toBeLessThan(60_000);
    expect(ran.code).toBe(1);
    expect(codesOf(report)).toEqual([
      'AGENT_DOWN',
      'CHECK_LATE',
      'CONFIG_BROKEN',
      'CONFIG_LINE',
      'HOST_DOWN',
      'LOCK_STALE',
      'OTHER_SYNC',
      'SOCKET_STALE',
      'STATE_OPEN',
    ]);
    for (const { cause, cure, finding } of report.findings) expect([cause, cure, finding]).not.toContain('');
    expect(report.checks.find(({ check }) => check === 'programs')?.details).toContainEqual(
      expect.stringMatching(/^git /),
    );

    // A list of hosts that cannot be read takes nothing else along.
    writeFileSync(join(a.home, 'config/hosts.json'), '{');
    expect(codesOf((await doctor(a, { here: true })).report)).toContain('SOCKET_STALE');
    writeFileSync(join(a.home, 'config/hosts.json'), configured);

    writeFileSync(join(a.home, 'config/settings.json'), '{}');
    const mended = await doctor(a, { fix: true });
    const fixed = mended.report.findings.filter((finding) => finding.fixed !== undefined).map(({ code }) => code);
    expect(fixed.sort()).toEqual(['AGENT_DOWN', 'LOCK_STALE', 'SOCKET_STALE', 'STATE_OPEN']);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(await a.pid()).toBeDefined();
    const left = mended.report.findings.filter((finding) => finding.fixed === undefined && finding.host === undefined);
    expect(left.map(({ code }) => code).sort()).toEqual(['CONFIG_LINE', 'HOST_DOWN', 'OTHER_SYNC']);
  },
  DOCTOR_MS,
);

async function doctor(
  { env: own }: TestHost,
  { env = own, fix = false, here = false }: { env?: NodeJS.ProcessEnv; fix?: boolean; here?: boolean } = {},
): Promise<{ ran: Ran; report: ReturnType<typeof reportSchema.parse> }> {
  const args = ['doctor', '--json', ...(fix ? ['--fix'] : []), ...(here ? ['--here'] : [])];
  const ran = await runDsync(args, { env, program: DSYNC });
  return { ran, report: reportSchema.parse(JSON.parse(ran.stdout)) };
}

/** Each once, in order. What the test machine itself may have is left out: few watches, a full disk. */
function codesOf({ findings }: ReturnType<typeof reportSchema.parse>): string[] {
  const ofMachine = /^(DISK|INOTIFY|RSYNC|TMUX|GIT|LINK_JITTER)/;
  return [...new Set(findings.map(({ code }) => code).filter((code) => !ofMachine.test(code)))].sort();
}
