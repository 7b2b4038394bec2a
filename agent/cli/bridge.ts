import type { Cli, ExitCode } from '../../platform/cli.ts';
import { connectSocket } from '../control/client.ts';
import { announceSocket, LINK_OPENING } from '../link/bridge-announcement.ts';
import { ensureAgent } from './spawn-agent.ts';

/**
 * Says where the agent of this host listens, and joins stdin and stdout to it as a link once something comes in, bytes
 * as they are, until either side ends. Nothing else may reach stdout.
 */
export async function bridge(cli: Cli): Promise<ExitCode> {
  await ensureAgent(cli.home, { signal: cli.signal });
  const { stdin, stdout } = process;
  stdout.write(announceSocket(cli.home.socket));
  if (!(await hasInput(stdin, cli.signal))) return 0;
  const agent = await connectSocket(cli.home.socket);
  agent.write(LINK_OPENING);
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

/** False where it ended before anything came: the socket was reached another way. */
function hasInput(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    stdin.once('readable', () => {
      const first: Buffer | null = stdin.read();
      if (first !== null) stdin.unshift(first);
      resolve(first !== null);
    });
    stdin.once('error', () => resolve(false));
    stdin.once('close', () => resolve(false));
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
