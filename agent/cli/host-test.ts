import type { Cli, ExitCode } from '../../platform/cli.ts';
import { DsyncError } from '../../platform/failure.ts';
import { formatMs } from '../../platform/format.ts';
import { findSshHost } from '../engine/config/edit-hosts.ts';
import { readHosts } from '../engine/config/hosts-file.ts';
import { connect } from '../link/connect.ts';
import { launcherCommand } from '../link/launcher-command.ts';
import { probeHost } from '../link/probe.ts';
import { runRemote } from '../link/remote-shell.ts';
import { askHostKey } from './ask-host-key.ts';
import { formatFacts } from './format-facts.ts';
import type { JsonOption } from './host-commands.ts';

/** Connects, looks, starts the dsync that is there; says what each step took. */
export async function hostTest(cli: Cli, name: string, { json }: JsonOption): Promise<ExitCode> {
  const host = findSshHost(readHosts(cli.home), name);
  const steps: { step: string; ms: number; detail: string }[] = [];
  const timed = async <T>(step: string, work: Promise<T>, detail: (result: T) => string): Promise<T> => {
    const start = performance.now();
    const result = await work;
    const ms = performance.now() - start;
    steps.push({ step, ms, detail: detail(result) });
    if (!json) cli.print(`${cli.colors.green('✓')} ${step}: ${detail(result)}, ${formatMs(ms)}`);
    return result;
  };

  const options = { transport: host.transport, askHostKey: askHostKey(cli, { acceptNew: false }), signal: cli.signal };
  const session = await timed(
    'ssh',
    connect(host.destination, options),
    ({ transport }) => `connected by ${transport}`,
  );
  try {
    const facts = await timed('look', probeHost(session, { signal: cli.signal }), ({ os, arch }) => `${os} ${arch}`);
    await timed('dsync', versionThere(), (version) => `version ${version}`);
    if (json) cli.printJson({ host: name, steps, facts });
    else for (const line of formatFacts(facts)) cli.print(line);
  } finally {
    session.close();
  }
  return 0;

  async function versionThere(): Promise<string> {
    const { code, stdout, stderr } = await runRemote(session, launcherCommand(host, '--version'), {
      signal: cli.signal,
    });
    if (code === 0) return stdout.trim();
    throw new DsyncError('DEPLOY_FAILED', `dsync does not start on ${name}: ${stderr.trim() || `exit code ${code}`}`, {
      cure: `Install it anew: dsync host upgrade ${name}`,
    });
  }
}
