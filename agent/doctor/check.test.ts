import { expect, test } from 'vitest';
import { type Check, runChecks } from './check.ts';
import { parseReport, reportOf } from './report.ts';

const { signal } = new AbortController();
const check = (name: string, run: Check['run'], deadlineMs = 5000): Check => ({ name, run, deadlineMs });

test('a check that never ends is ended by its deadline, and what it had found counts', async () => {
  let aborted = false;
  const [late, good] = await runChecks(
    [
      check(
        'late',
        (notes, limit) => {
          limit.addEventListener('abort', () => {
            aborted = true;
            notes.finding('TMUX_OLD', 'after the end');
          });
          notes.finding('GIT_OLD', 'git is old');
          return new Promise(() => {});
        },
        20,
      ),
      check('good', (notes) => notes.detail('fine')),
    ],
    { signal },
  );
  expect(late?.findings.map(({ code }) => code)).toEqual(['GIT_OLD', 'CHECK_LATE']);
  expect(aborted).toBe(true);
  expect(good).toMatchObject({ details: ['fine'], findings: [] });
});

test('a check that throws spoils no other one', async () => {
  const [broken, good] = await runChecks(
    [
      check('broken', () => {
        throw new Error('out of order');
      }),
      check('good', () => undefined),
    ],
    { signal },
  );
  expect(broken?.findings).toMatchObject([{ code: 'CHECK_FAILED', level: 'warning', finding: 'broken: out of order' }]);
  expect(good?.findings).toEqual([]);
});

test('checks run side by side', async () => {
  let free: () => void = () => {};
  const second = new Promise<void>((resolve) => {
    free = resolve;
  });
  const results = await runChecks([check('waits', () => second), check('frees', () => free())], { signal });
  expect(results.flatMap(({ findings }) => findings)).toEqual([]);
});

test('an abort ends them all', async () => {
  const stop = new AbortController();
  const running = runChecks([check('endless', () => new Promise(() => {}))], { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
});

test('what one doctor prints another one reads; warnings alone are no failure', async () => {
  const results = await runChecks([check('any', (notes) => notes.finding('GIT_OLD', 'git is old'))], { signal });
  const report = reportOf(results, { version: '1.2.3', fixed: new Map() });
  expect(report.ok).toBe(true);
  expect(parseReport(JSON.stringify(report))).toMatchObject({
    version: '1.2.3',
    findings: [{ code: 'GIT_OLD', finding: 'git is old' }],
  });
  const newer = { ...report, findings: [{ ...report.findings[0], code: 'FROM_THE_FUTURE' }] };
  expect(parseReport(JSON.stringify(newer))?.findings).toEqual([]);
  expect(parseReport('unknown command')).toBeUndefined();
});
