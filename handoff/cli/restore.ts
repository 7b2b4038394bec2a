import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatTable } from '../../platform/format.ts';
import { visible, visibleLines } from '../../platform/visible.ts';
import type { RestorePlan, RestoreReport } from '../restore/plan-schema.ts';
import { gatherFacts, loadSnapshot, planRestore, restoreSession } from '../session.ts';
import type { RestoreCommandOptions } from './handoff-commands.ts';

/** @returns 1 if something does not stand as it did */
export async function restore(cli: Cli, name: string | undefined, options: RestoreCommandOptions): Promise<ExitCode> {
  const { home, signal } = cli;
  const { socket, map: pathMap = [], size: terminal, dryRun, json } = options;
  const snapshot = await loadSnapshot(home, name);
  const facts = await gatherFacts(snapshot, { home, signal, socket, pathMap, terminal });
  const plan = await planRestore(snapshot, facts);
  if (dryRun) {
    if (json) cli.printJson(plan);
    else printPlan(cli, plan);
    return plan.obstacles.length > 0 ? 1 : 0;
  }
  const report = await restoreSession(plan, { home, signal, onProgress: cli.canAsk ? cli.note : () => {} });
  if (json) cli.printJson(report);
  else printReport(cli, report);
  return report.complete ? 0 : 1;
}

export function printPlan(cli: Cli, plan: RestorePlan): void {
  const { colors } = cli;
  for (const session of plan.sessions) {
    const what = session.state === 'present' ? 'stands already' : `${session.size.cols}x${session.size.rows}`;
    cli.print(`${colors.bold(visible(session.name))}  ${what}`);
    const rows = session.windows.flatMap((window) =>
      window.panes.map((pane) => [
        `  ${visible(pane.where)}`,
        visible(pane.cwd),
        pane.state === 'present' ? 'left as it is' : { run: 'start', prefill: 'type in', none: 'shell' }[pane.action],
        visible(pane.command),
        colors.dim(visible(pane.problem || pane.reason)),
      ]),
    );
    for (const line of formatTable(rows)) cli.print(line);
  }
  const services = plan.services.map(({ name, ports, action, problem }) => [
    `service ${visible(name)}`,
    ports.join(' '),
    { 'with-pane': 'starts with its pane', background: 'start in the background', none: 'left' }[action],
    colors.dim(visible(problem)),
  ]);
  for (const line of formatTable(services)) cli.print(line);
  printNotices(cli, [...plan.obstacles, ...plan.notices]);
}

export function printReport(cli: Cli, { panes, services, notices, attach, socket, complete }: RestoreReport): void {
  const { colors } = cli;
  const rows = panes.map(({ where, outcome, command, text }) => [
    visible(where),
    outcome === 'failed' || outcome === 'skipped' ? colors.yellow(outcome) : colors.green(outcome),
    visible(command),
    colors.dim(visible(text)),
  ]);
  for (const line of formatTable(rows)) cli.print(line);
  const states = services.map(({ name, ports, state, text }) => [
    `service ${visible(name)}`,
    state === 'up' ? colors.green('up') : colors.yellow(state),
    ports.join(' '),
    colors.dim(visible(text)),
  ]);
  for (const line of formatTable(states)) cli.print(line);
  printNotices(cli, notices);
  const at = socket === '' ? '' : ` -S ${socket}`;
  if (attach !== null) cli.note(`Sit down: tmux${at} attach -t '=${visible(attach)}'`);
  if (!complete) cli.note('Not everything stands as it did.');
}

function printNotices(cli: Cli, notices: RestorePlan['notices']): void {
  for (const { where, text, cure } of notices) cli.note(visibleLines(`${where}: ${text}\n  ${cure}`));
}
