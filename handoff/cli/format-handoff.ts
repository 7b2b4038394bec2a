/**
 * A plan and a report as a person reads them. Pure.
 *
 * @module
 */
import type { Colors } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { visible } from '../../platform/visible.ts';
import type { Finding } from '../protocol/preflight.ts';
import type { RestorePlan, RestoreReport } from '../restore/plan-schema.ts';

const WORD_BY_ACTION = { run: 'started', prefill: 'typed, not run', none: 'a shell' } as const;

export function formatPlan(plan: RestorePlan, colors: Colors): string[] {
  const rows = plan.sessions.flatMap(({ windows }) =>
    windows.flatMap(({ panes }) =>
      panes.map(({ where, action, command, cwd, state, ports }) => [
        colors.bold(visible(where)),
        state === 'present' && action === 'none' ? 'is there' : WORD_BY_ACTION[action],
        visible(action === 'none' ? cwd : command),
        ports.length === 0 ? '' : `port ${ports.join(', ')}`,
      ]),
    ),
  );
  const background = plan.services
    .filter(({ action }) => action === 'background')
    .map(({ name, command, ports }) => [
      colors.bold(visible(name)),
      'started',
      visible(command),
      `port ${ports.join(', ')}`,
    ]);
  return formatTable([...rows, ...background]);
}

export function formatFindings(findings: readonly Finding[], colors: Colors): string[] {
  const mark = { error: colors.red('✗'), warning: colors.yellow('!'), note: '·' };
  return findings.flatMap(({ level, where, text, cure }) => [
    `${mark[level]} ${where === '' ? '' : `${visible(where)}: `}${visible(text)}`,
    ...(cure === '' ? [] : [`    ${visible(cure)}`]),
  ]);
}

export function formatReport(report: RestoreReport, colors: Colors): string[] {
  const mark = {
    restored: colors.green('✓'),
    present: colors.green('✓'),
    prefilled: '·',
    skipped: '!',
    failed: colors.red('✗'),
  };
  const panes = report.panes.map(({ where, outcome, command, text }) => [
    `${mark[outcome]} ${visible(where)}`,
    outcome,
    visible(command),
    visible(text),
  ]);
  const services = report.services.map(({ name, ports, state, text }) => [
    `${state === 'up' ? colors.green('✓') : colors.red('✗')} ${visible(name)}`,
    state,
    `port ${ports.join(', ')}`,
    visible(text),
  ]);
  const notices = report.notices.map(({ where, text, cure }): Finding => ({ level: 'warning', where, text, cure }));
  return [...formatTable([...panes, ...services]), ...formatFindings(notices, colors)];
}
