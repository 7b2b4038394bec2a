/**
 * What the login shell of a host does before it runs a command: how long it takes, and what it prints.
 *
 * @module
 */
import type { SshSession } from '../link/ssh-session.ts';

/** Every command over ssh waits as long. */
export const SLOW_SHELL_MS = 500;
const MAX_PRINTED = 200;

export interface ShellStart {
  /** From the request to the end of a command that does nothing. */
  readonly ms: number;
  /** What came on stdout, though the command prints nothing; its start. */
  readonly printed: string;
}

export async function measureShell(
  session: SshSession,
  { signal }: { readonly signal: AbortSignal },
): Promise<ShellStart> {
  const start = performance.now();
  const { stream, stderr, exited } = await session.exec('exit 0');
  const end = (): void => void stream.destroy();
  signal.addEventListener('abort', end, { once: true });
  let printed = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(0, MAX_PRINTED);
  });
  stream.on('error', () => undefined);
  stderr.resume();
  stream.end();
  await exited;
  signal.removeEventListener('abort', end);
  return { ms: performance.now() - start, printed };
}
