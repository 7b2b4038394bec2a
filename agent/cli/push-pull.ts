/**
 * `dsync push` and `dsync pull`: shows what would be done, asks where something may be lost, does it, says what came of it.
 *
 * @module
 */

import { absPath, tildePath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatBytes, formatCount } from '../../platform/format.ts';
import { readTextFile } from '../../platform/settings-file.ts';
import { visible, visibleLines } from '../../platform/visible.ts';
import { type CopyJob, prepareCopy } from '../engine/by-hand/copy.ts';
import { findPlace } from '../engine/by-hand/place.ts';
import { needsConsent } from '../engine/by-hand/plan.ts';
import { openSshMaster } from '../engine/by-hand/ssh-master.ts';
import { peekConfig } from '../engine/config/load-config.ts';
import { explainRsyncExit } from '../transfer/rsync-exit.ts';
import { parseRsyncOptions, type RsyncOptions } from '../transfer/rsync-options.ts';
import type { PushPullOptions, Words } from './by-hand-commands.ts';
import { createProgress } from './copy-progress.ts';
import { formatItem, formatTotals, planToJson } from './format-plan.ts';

export async function pushPull(
  cli: Cli,
  direction: 'push' | 'pull',
  words: Words,
  { dryRun, delete: wantsDelete, yes, json }: PushPullOptions,
): Promise<ExitCode> {
  const typed = readOptions(words.rsync);
  const config = peekConfig(cli.home);
  const place = findPlace(words.places, config);
  const all = joinOptions(place.options, typed);
  const isDryRun = dryRun === true || all.isDryRun;
  const note = (text: string): void => cli.note(visibleLines(text));

  await using master = await openSshMaster(place.remote, { ssh: all.ssh, mayAsk: cli.canAsk, signal: cli.signal });
  const job = await prepareCopy(master, {
    direction,
    place,
    isDelete: wantsDelete === true || all.isDelete,
    ignore: config.settings.ignore,
    useGitignore: config.settings.useGitignore,
    typed: [...all.rules, ...all.excludeFiles.flatMap(readExcludes)],
    passed: all.passed,
    startedAt: new Date(),
    signal: cli.signal,
  });
  const { plan } = job;
  const ends = direction === 'push' ? [job.here, job.there] : [job.there, job.here];
  if (json) cli.print(JSON.stringify(planToJson(job, { direction, isDryRun })));
  else {
    cli.print(
      visible(`${direction} ${ends[0]} → ${ends[1]}${place.env === undefined ? '' : `  (${tildePath(place.env)})`}`),
    );
    const shown = isDryRun
      ? plan.items
      : plan.items.filter(({ action, newer }) => action === 'deleted' || newer !== undefined);
    for (const item of shown) cli.print(formatItem(item, cli.colors));
    for (const line of formatTotals(plan)) cli.print(line);
  }
  for (const text of job.notes) note(text);
  for (const { path, cause, cure } of plan.problems) note(`! ${path === '' ? '' : `${path}: `}${cause}\n  ${cure}`);
  // What cannot be looked at or sent is a failure, also where all else went well.
  const passedOver: ExitCode = plan.problems.length > 0 ? 1 : 0;
  if (plan.items.length === 0) {
    if (json)
      cli.print(JSON.stringify({ kind: 'done', ok: passedOver === 0, exitCode: 0, sent: 0, deleted: 0, backup: null }));
    else cli.print('Nothing to do.');
    return passedOver;
  }
  if (isDryRun) {
    if (job.backup !== undefined) note(`What is replaced or deleted would go to ${job.backup}`);
    note('That was a dry run: nothing was changed.');
    return passedOver;
  }
  if (needsConsent(plan) && yes !== true && !(await agreed(cli, job))) return 3;
  return (await carryOut(cli, job, { json })) || passedOver;
}

async function agreed(cli: Cli, { plan, backup }: CopyJob): Promise<boolean> {
  const { deleted, newer } = plan.totals;
  const what = [
    ...(newer === 0 ? [] : [`replace ${formatCount(newer, 'newer file')}`]),
    ...(deleted === 0 ? [] : [`delete ${formatCount(deleted, 'path')}`]),
  ].join(' and ');
  if (!cli.canAsk) {
    cli.note(visible(`Nothing was changed: this would ${what}, and there is no terminal to ask in. Agree with --yes`));
    return false;
  }
  const { confirm } = await import('@inquirer/prompts');
  const message = visible(
    `${what.charAt(0).toUpperCase()}${what.slice(1)}?${backup === undefined ? '' : ` They go to ${backup}`}`,
  );
  const isAgreed = await confirm({ message, default: false }, { output: process.stderr, signal: cli.signal });
  if (!isAgreed) cli.note('Nothing was changed.');
  return isAgreed;
}

async function carryOut(cli: Cli, job: CopyJob, { json }: { readonly json: true | undefined }): Promise<ExitCode> {
  const progress = createProgress(cli, { totalBytes: job.plan.totals.sendBytes, json: json === true });
  const { end, done } = await job
    .run(progress.update)
    .finally(progress.close)
    .catch((error: unknown) => {
      if (cli.signal.aborted) sayInterrupted(cli, job);
      throw error;
    });
  const { code, complaint } = end;
  const backup = job.backup ?? null;
  if (json)
    cli.print(
      JSON.stringify({
        kind: 'done',
        ok: code === 0 && job.plan.problems.length === 0,
        exitCode: code,
        ...done,
        backup,
      }),
    );
  else {
    const deleted = done.deleted === 0 ? '' : `, ${done.deleted.toLocaleString('en-US')} deleted`;
    const bytes = code === 0 ? `, ${formatBytes(job.plan.totals.sendBytes)} in all` : '';
    cli.print(`${formatCount(done.sent, 'path')} written${deleted}${bytes}`);
    if (backup !== null && done.sent + done.deleted > 0)
      cli.print(visible(`what was replaced or deleted is in ${backup}`));
  }
  if (code === 0) return 0;
  const { cause, cure } = explainRsyncExit(code, complaint);
  if (complaint !== '') cli.note(visibleLines(complaint));
  cli.note(`${cli.colors.red('dsync:')} ${cause} (rsync’s exit code ${code})`);
  cli.note(`  ${cure}`);
  return 1;
}

function sayInterrupted(cli: Cli, { backup }: CopyJob): void {
  cli.note('Interrupted. Each file is the old one or the new one as a whole; run it again for the rest.');
  if (backup !== undefined) cli.note(visible(`What was replaced or deleted until then is in ${backup}`));
}

function readOptions(words: readonly string[]): RsyncOptions {
  const parsed = parseRsyncOptions(words, 'typed');
  if (parsed.kind === 'options') return parsed;
  throw new DsyncError('BAD_INPUT', `An option for rsync: ${parsed.fault}`, {
    cure: 'Leave it out; docs/push-pull.md has what is taken.',
  });
}

/** What is typed comes last: of two values of one option rsync takes the later. */
function joinOptions(fromEnv: RsyncOptions | undefined, typed: RsyncOptions): RsyncOptions {
  if (fromEnv === undefined) return typed;
  return {
    passed: [...fromEnv.passed, ...typed.passed],
    isDelete: fromEnv.isDelete || typed.isDelete,
    isDryRun: fromEnv.isDryRun || typed.isDryRun,
    // The first rule that matches decides.
    rules: [...typed.rules, ...fromEnv.rules],
    excludeFiles: [...typed.excludeFiles, ...fromEnv.excludeFiles],
    // Of two values of one option ssh takes the earlier.
    ssh: [...typed.ssh, ...fromEnv.ssh],
  };
}

function readExcludes(file: string): string[] {
  const text = readTextFile(absPath(file), 'BAD_INPUT');
  if (text === undefined) throw new DsyncError('NOT_FOUND', `There is no ${file}`, { cure: 'Mend --exclude-from.' });
  return text.split(/\r?\n/);
}
