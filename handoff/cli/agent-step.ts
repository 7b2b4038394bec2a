import type { Cli, ExitCode } from '../../platform/cli.ts';
import { withThisHost } from '../protocol/host-steps.ts';
import { recover } from '../protocol/recover.ts';
import { serveSteps } from '../protocol/serve-steps.ts';

/** The far side of a handoff, which another host runs over ssh: steps from stdin, answers on stdout. */
export function agentStep(cli: Cli): Promise<ExitCode> {
  return withThisHost<ExitCode>({ home: cli.home }, async ({ host, side, table }) => {
    const signal = new AbortController().signal;
    // A command whose reader is gone ends at once. This one has things to put back.
    process.stdout.removeAllListeners('error').on('error', () => {});
    await serveSteps(table, { input: process.stdin, output: process.stdout });
    // Whoever asked is gone, perhaps in the middle. This process counts as at work no more, so that it is recovered.
    const gone = {
      ...host,
      isWorking: (worker: typeof host.worker) => worker.pid !== process.pid && host.isWorking(worker),
    };
    await recover({ host: gone, own: side, reach: async () => undefined, signal });
    return 0;
  });
}
