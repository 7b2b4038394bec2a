import { DsyncError } from '../../platform/failure.ts';
import type { SshSession } from '../link/ssh-session.ts';

export interface LineAsker extends AsyncDisposable {
  /** Sends a line; resolves with what comes after it in the line that comes back. Each question should be another. */
  ask(line: string): Promise<string>;
}

/**
 * A command over there that answers each line by that line and what it adds. Other lines, such as what start-up files
 * print, are skipped.
 *
 * @throws {DsyncError} HOST_UNREACHABLE it ended; and the signal's reason
 */
export async function createLineAsker(
  session: SshSession,
  command: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<LineAsker> {
  const { stream, stderr } = await session.exec(command);
  const end = (): void => void stream.destroy();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  stderr.resume();
  let text = '';
  let over = false;
  let take: () => void = () => {};
  stream.setEncoding('utf8');
  stream.on('data', (part: string) => {
    text += part;
    take();
  });
  for (const event of ['end', 'close', 'error']) {
    stream.on(event, () => {
      over = true;
      take();
    });
  }

  const ask = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      take = () => {
        for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
          const answer = text.slice(0, at);
          text = text.slice(at + 1);
          if (!answer.startsWith(line)) continue;
          take = () => {};
          resolve(answer.slice(line.length));
          return;
        }
        if (over) {
          reject(signal.aborted ? signal.reason : new DsyncError('HOST_UNREACHABLE', 'The command there ended early'));
        }
      };
      stream.write(`${line}\n`);
      take();
    });

  return {
    ask,
    [Symbol.asyncDispose]: () => {
      signal.removeEventListener('abort', end);
      stream.end();
      stream.destroy();
      return Promise.resolve();
    },
  };
}
