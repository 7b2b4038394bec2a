/**
 * A client of the system's ssh that goes through a master: what it says, and how it ends.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { OPENED } from './openssh-session-args.ts';
import type { PipedChild } from './proxy-stdio.ts';

/** How long a client is waited for that does not say when it has asked. */
const ASKED_MS = 5000;

/** Resolves once the server has been asked, or the client ended; an ssh that says so in other words is given some time. */
export function askedOf(child: PipedChild): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ASKED_MS);
    let said = '';
    const done = (): void => {
      clearTimeout(timer);
      child.stderr.removeListener('data', onData);
      resolve();
    };
    const onData = (text: string): void => {
      said = (said + text).slice(-4000);
      if (said.includes(OPENED)) done();
    };
    child.stderr.on('data', onData);
    child.once('close', done).once('error', done);
  });
}

/** Its exit code; null where a signal ended it, or it never started. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', resolve).once('error', () => resolve(null));
  });
}

/** @returns a function that gives the end of what came so far */
export function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4000);
  });
  return () => text;
}
