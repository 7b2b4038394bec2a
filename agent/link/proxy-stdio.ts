/**
 * The stdin and stdout of a child process as one Duplex.
 *
 * @module
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';

export type PipedChild = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * The stream ends when the child's output does. Destroying it ends the child. What the child no longer reads fails by
 * the write's callback once the stream is closed, so that its last output is not lost over it.
 *
 * @param verdict asked at the end of output; an error destroys the stream in place of an end
 */
export function stdioStream(
  child: PipedChild,
  { verdict = async () => undefined }: { readonly verdict?: () => Promise<Error | undefined> } = {},
): Duplex {
  const { stdin, stdout } = child;
  let written: ((error?: Error | null) => void) | undefined;
  function onWritten(error?: Error | null): void {
    const done = written;
    written = undefined;
    done?.(error);
  }

  const stream = new Duplex({
    read() {
      stdout.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      written = done;
      // Its callback also comes with an error, which is kept back until the output was read.
      stdin.write(chunk, (error) => {
        if (!error) onWritten();
      });
    },
    final(done) {
      stdin.end();
      done();
    },
    destroy(error, done) {
      stdin.destroy();
      stdout.destroy();
      if (child.exitCode === null && child.signalCode === null) child.kill();
      onWritten(error ?? new Error('The other program has ended'));
      done(error);
    },
  });
  stream.on('error', () => undefined);
  stdin.on('error', () => undefined);
  stdout.on('error', () => undefined);
  stdout.on('data', (chunk: Buffer) => {
    if (!stream.destroyed && !stream.push(chunk)) stdout.pause();
  });
  stdout.once('end', () => {
    void verdict().then((error) => {
      if (error !== undefined) stream.destroy(error);
      else if (!stream.destroyed) stream.push(null);
    });
  });
  let over = false;
  stream.once('end', () => {
    if (over) stream.destroy();
  });
  child.once('close', () => {
    over = true;
    if (stream.readableEnded) stream.destroy();
  });
  return stream;
}
