import { spawn } from 'node:child_process';

export interface Captured {
  /** 127 where there is no such program, 255 where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CaptureOptions {
  readonly signal?: AbortSignal;
  /** What the program is sent on an abort; SIGTERM by default. */
  readonly killSignal?: NodeJS.Signals;
  /** What it reads; nothing by default. */
  readonly input?: string;
}

/** Runs a program to its end and keeps what it prints. Rejects for nothing but an abort. */
export function capture(
  program: string,
  args: readonly string[],
  { signal, killSignal = 'SIGTERM', input }: CaptureOptions = {},
): Promise<Captured> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], killSignal, ...(signal && { signal }) });
    // It may end without reading it all, or not have started.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', () => {
      if (!signal?.aborted) return resolve({ code: 127, ...output });
      // What it started itself may hold them open for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      reject(signal.reason);
    });
    child.once('close', (code) => resolve({ code: code ?? 255, ...output }));
  });
}
