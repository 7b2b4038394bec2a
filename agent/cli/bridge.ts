import type { Cli, ExitCode } from '../../platform/cli.ts';
import { connectSocket } from '../control/client.ts';
import { ensureAgent } from './spawn-agent.ts';

/**
 * Joins stdin and stdout to the agent of this host as a link, bytes as they are, until either side ends.
 * Nothing else may reach stdout.
 */
export async function bridge(cli: Cli): Promise<ExitCode> {
  await ensureAgent(cli.home, { signal: cli.signal });
  const agent = await connectSocket(cli.home.socket);
  agent.write('{"open":"link"}\n');
  const { stdin, stdout } = process;
  await new Promise<void>((resolve) => {
    stdin.pipe(agent);
    agent.pipe(stdout, { end: false });
    // The end of stdin has gone to the agent by `pipe`; what it still sends has nowhere to go.
    agent.once('finish', resolve);
    agent.once('end', resolve);
    agent.once('close', resolve);
    agent.once('error', resolve);
    stdin.once('error', resolve);
    stdin.once('close', resolve);
    stdout.once('error', resolve);
    cli.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await new Promise<void>((resolve) => {
    if (!stdout.writable) return resolve();
    stdout.once('error', () => resolve());
    stdout.write('', () => resolve());
  });
  agent.destroy();
  stdin.destroy();
  return 0;
}
