/**
 * The short commands that ask the agent one thing and print its answer.
 *
 * @module
 */
import { absPath } from '../../platform/abs-path.ts';
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { formatCount, formatTable } from '../../platform/format.ts';
import type { Result } from '../control/api.ts';
import type { JsonOption } from './host-commands.ts';
import { rootParams } from './root-params.ts';
import type { WaitOptions } from './sync-commands.ts';
import { withAgent } from './with-agent.ts';

/** Differences printed for each pair of hosts; `--json` has all of them. */
const SHOWN_DIFFERENCES = 10;

export async function wait(cli: Cli, path: string | undefined, { timeout, json }: WaitOptions): Promise<ExitCode> {
  const params = {
    ...(path === undefined ? {} : { path: absPath(path) }),
    ...(timeout === undefined ? {} : { timeoutMs: Math.round(timeout * 1000) }),
  };
  const result = await withAgent(cli, (agent) => agent.call('wait', params, { signal: cli.signal }));
  if (json) cli.printJson(result);
  else if (result.inSync) cli.print('in sync');
  else cli.note(`not in sync: ${result.reason ?? 'the time is up'}`);
  return result.inSync ? 0 : 1;
}

export async function verify(cli: Cli, root: string | undefined, { json }: JsonOption): Promise<ExitCode> {
  const result = await withAgent(cli, (agent) => agent.call('verify', rootParams(root), { signal: cli.signal }));
  if (json) cli.printJson(result);
  else for (const line of formatVerify(result, cli)) cli.print(line);
  if (result.roots.length === 0) cli.note('Nothing to compare: no root is shared with a host that can be reached.');
  return result.roots.every(({ equal }) => equal) ? 0 : 1;
}

function formatVerify({ roots }: Result<'verify'>, { colors }: Cli): string[] {
  return roots.flatMap(({ root, host, equal, entries, ours, differences }) => {
    const head = equal
      ? `${colors.green('✓ equal')}  ${colors.bold(root)} here and on ${host}: ${formatCount(entries, 'entry', 'entries')}, digest ${ours}`
      : `${colors.red('✗ different')}  ${colors.bold(root)} here and on ${host}: ${formatCount(differences.length, 'path')}`;
    const shown = differences
      .slice(0, SHOWN_DIFFERENCES)
      .map((one) => [`  ${one.path}`, `here: ${one.ours}`, `${host}: ${one.theirs}`]);
    const left = differences.length - shown.length;
    return [head, ...formatTable(shown), ...(left > 0 ? [`  and ${left} more: dsync verify ${root} --json`] : [])];
  });
}

export async function pause(cli: Cli, target: string | undefined): Promise<ExitCode> {
  const params = target === undefined ? {} : { target };
  const { paused } = await withAgent(cli, (agent) => agent.call('pause', params, { signal: cli.signal }));
  cli.print(paused.length === 0 ? 'Nothing to pause.' : `paused: ${paused.join(', ')}. Go on with: dsync resume`);
  return 0;
}

export async function resume(cli: Cli, target: string | undefined): Promise<ExitCode> {
  const params = target === undefined ? {} : { target };
  const { resumed } = await withAgent(cli, (agent) => agent.call('resume', params, { signal: cli.signal }));
  cli.print(resumed.length === 0 ? 'Nothing was paused.' : `resumed: ${resumed.join(', ')}`);
  return 0;
}

export async function ignored(cli: Cli, path: string, { json }: JsonOption): Promise<ExitCode> {
  const result = await withAgent(cli, (agent) =>
    agent.call('ignored', { path: absPath(path) }, { signal: cli.signal }),
  );
  if (json) cli.printJson(result);
  else if (!result.ignored) cli.print('not ignored');
  else cli.print(`ignored by ${result.rule ?? 'a rule'}${result.source === undefined ? '' : ` in ${result.source}`}`);
  return 0;
}
