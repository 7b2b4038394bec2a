/**
 * What a push or pull would do, for people and for scripts. Pure.
 *
 * @module
 */
import type { Colors } from '../../platform/cli.ts';
import { formatBytes, formatCount } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import type { CopyJob } from '../engine/by-hand/copy.ts';
import type { Plan, PlanItem } from '../engine/by-hand/plan.ts';

export function formatItem({ path, kind, action, sizeBytes, replacedBytes, newer }: PlanItem, colors: Colors): string {
  const name = visible(kind === 'folder' ? `${path}/` : path);
  const size = kind === 'folder' ? '' : `  ${formatBytes(sizeBytes)}`;
  switch (action) {
    case 'new':
      return `${colors.green('new')}      ${name}${size}`;
    case 'changed': {
      const was = replacedBytes === undefined ? '' : `, was ${formatBytes(replacedBytes)}`;
      const warning = newer === undefined ? '' : `  ${colors.red('replaces a newer file')}: ${formatTimes(newer)}`;
      return `${colors.yellow('changed')}  ${name}${size}${was}${warning}`;
    }
    case 'attributes':
      return `${colors.dim('mode')}     ${name}`;
    case 'deleted':
      return `${colors.red('deleted')}  ${name}${size}`;
  }
}

function formatTimes({ replacedSeconds, sentSeconds }: NonNullable<PlanItem['newer']>): string {
  return `${formatTime(replacedSeconds)} by ${formatTime(sentSeconds)}`;
}

/** A time of another host may be whatever a filesystem can hold. */
function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.valueOf()) ? `${seconds} s` : date.toISOString().replace(/T(.*)\.\d+Z$/, ' $1 UTC');
}

export function formatTotals({ totals }: Plan): string[] {
  const { new: fresh, changed, attributes, deleted, newer, sendBytes, deleteBytes } = totals;
  const parts = [
    ...(fresh > 0 ? [`${fresh.toLocaleString('en-US')} new`] : []),
    ...(changed > 0 ? [`${changed.toLocaleString('en-US')} changed`] : []),
    ...(attributes > 0 ? [`${attributes.toLocaleString('en-US')} of another mode or time`] : []),
    ...(deleted > 0 ? [`${deleted.toLocaleString('en-US')} deleted (${formatBytes(deleteBytes)})`] : []),
  ];
  if (parts.length === 0) return [];
  const warning = newer === 0 ? '' : `; ${formatCount(newer, 'of them replaces', 'of them replace')} a newer file`;
  return [`${parts.join(', ')}; ${formatBytes(sendBytes)} to send${warning}`];
}

/** Fields are only added. */
export function planToJson(
  { plan, here, there, backup, notes }: CopyJob,
  { direction, isDryRun }: { readonly direction: 'push' | 'pull'; readonly isDryRun: boolean },
): object {
  const { items, totals, problems } = plan;
  return {
    kind: 'plan',
    direction,
    here,
    there,
    dryRun: isDryRun,
    items,
    totals,
    problems,
    notes,
    backup: backup ?? null,
  };
}
