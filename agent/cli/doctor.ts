/**
 * `dsync doctor`: says what is wrong, why, and what to do; mends what can be mended without asking.
 *
 * @module
 */
import type { Cli, ExitCode } from '../../platform/cli.ts';
import { messageOf } from '../../platform/failure.ts';
import { formatCount } from '../../platform/format.ts';
import { VERSION } from '../../platform/version.ts';
import { visible } from '../../platform/visible.ts';
import type { CheckResult } from '../doctor/check.ts';
import type { AgentCare } from '../doctor/check-agent.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/findings.ts';
import { reportOf } from '../doctor/report.ts';
import type { DoctorOptions } from './agent-commands.ts';
import { ensureAgent } from './spawn-agent.ts';
import { stopAgent } from './stop.ts';

export async function doctor(cli: Cli, { json, fix, here }: DoctorOptions): Promise<ExitCode> {
  const look = (): Promise<readonly CheckResult[]> =>
    examine(cli.home, { care: careOf(cli), here: here === true, signal: cli.signal });
  let results = await look();
  const fixed = new Map<Finding, string>();
  if (fix) {
    const failed = await mend(cli, findingsOf(results), fixed);
    // Looked at once more: what was mended may have hidden something, or not have been mended at all.
    if (fixed.size > 0) results = await look();
    for (const text of failed) cli.note(`${cli.colors.red('✗ not mended')}  ${text}`);
  }
  const report = reportOf(results, { version: VERSION, fixed });
  if (json) cli.printJson(report);
  else show(cli, results, fixed);
  return report.ok ? 0 : 1;
}

/** @returns what could not be done, and why */
async function mend(cli: Cli, findings: readonly Finding[], fixed: Map<Finding, string>): Promise<string[]> {
  const failed: string[] = [];
  // The agent last: it may need what is mended before.
  const order = (finding: Finding): number => (finding.code.startsWith('AGENT') ? 1 : 0);
  for (const finding of [...findings].sort((a, b) => order(a) - order(b))) {
    if (finding.fix === undefined) continue;
    try {
      fixed.set(finding, await finding.fix());
    } catch (error) {
      cli.signal.throwIfAborted();
      failed.push(`${finding.code}: ${messageOf(error)}`);
    }
  }
  return failed;
}

function careOf(cli: Cli): AgentCare {
  const start = async (): Promise<string> => {
    const { pid } = await ensureAgent(cli.home, { signal: cli.signal });
    return `started the agent (pid ${pid})`;
  };
  return {
    start,
    async restart() {
      await stopAgent(cli);
      return start();
    },
  };
}

function show(cli: Cli, results: readonly CheckResult[], fixed: ReadonlyMap<Finding, string>): void {
  const { colors, print } = cli;
  const width = Math.max(...results.map(({ check }) => check.length));
  for (const { check, details, findings } of results) {
    const isBad = findings.some(({ level }) => level === 'error');
    const mark = isBad ? colors.red('✗') : findings.length > 0 ? colors.yellow('!') : colors.green('✓');
    print(`${mark} ${colors.bold(check.padEnd(width))}  ${visible(details.join('; '))}`.trimEnd());
    for (const finding of findings) showFinding(cli, finding);
  }
  for (const [{ code, finding }, done] of fixed) {
    print(`${colors.green('✓ mended')}  ${colors.bold(code)}  ${visible(finding)}: ${visible(done)}`);
  }
  const all = findingsOf(results);
  const errors = all.filter(({ level }) => level === 'error').length;
  print('');
  if (all.length === 0) print('Nothing is wrong.');
  else
    print(
      `${formatCount(errors, 'thing')} to mend, ${formatCount(all.length - errors, 'warning')}. docs/doctor.md has all codes.`,
    );
  const fixable = all.filter(({ fix }) => fix !== undefined).length;
  if (fixable > 0) cli.note(`${fixable} of them can be mended at once: dsync doctor --fix`);
}

function showFinding({ colors, print }: Cli, { code, level, host, finding, cause, cure }: Finding): void {
  const color = level === 'error' ? colors.red : colors.yellow;
  print(`    ${color(code)}  ${host === undefined ? '' : `${host}: `}${visible(finding)}`);
  print(`      ${colors.dim('cause')}  ${visible(cause)}`);
  print(`      ${colors.dim('cure ')}  ${visible(cure)}`);
}

function findingsOf(results: readonly CheckResult[]): Finding[] {
  return results.flatMap(({ findings }) => findings);
}
