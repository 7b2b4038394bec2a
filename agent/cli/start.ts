import type { Cli, ExitCode } from '../../platform/cli.ts';

export async function start(cli: Cli, { foreground }: { readonly foreground?: true }): Promise<ExitCode> {
  if (foreground) {
    const { runAgent } = await import('../engine/run-agent.ts');
    await runAgent({ home: cli.home, signal: cli.signal });
    return 0;
  }
  const { ensureAgent } = await import('./spawn-agent.ts');
  const { pid, started } = await ensureAgent(cli.home, { signal: cli.signal });
  cli.print(started ? `The agent is running (pid ${pid}).` : `The agent was running already (pid ${pid}).`);
  return 0;
}
