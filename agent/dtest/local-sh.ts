import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import type { Side } from './stage.ts';

/** Runs scripts by this host's own sh. They are killed when the signal aborts. */
export function createLocalSh(
  cwd: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Side['sh'] {
  return (script, { input, cleansUp } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', script], {
        cwd,
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
        ...(!cleansUp && { signal }),
      });
      const output = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        output.stderr += text;
      });
      child.stdin.on('error', () => undefined);
      if (input === undefined) child.stdin.end();
      else pipeline(input, child.stdin).catch(() => undefined);
      child.once('error', (error) => reject(signal.aborted ? signal.reason : error));
      child.once('close', (code) => resolve({ code: code ?? 255, ...output }));
    });
}
