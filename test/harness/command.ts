/**
 * Running the built `dsync` as a user does.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** This checkout's build, or the one that `DSYNC_UNDER_TEST` names: an installed one, or one that stays as it is. */
export const DSYNC = process.env.DSYNC_UNDER_TEST ?? fileURLToPath(new URL('../../dist/dsync.js', import.meta.url));

export interface Ran {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** `dsync` if absent. */
  readonly program?: string;
  /** This process's own if absent. */
  readonly node?: string;
}

/** The launcher of the same build. */
export const DLAUNCH = fileURLToPath(new URL('./dlaunch.js', pathToFileURL(DSYNC)));

/** Never rejects for what the command does; nobody is there to be asked, so nothing can hang on a question. */
export function runDsync(
  args: readonly string[],
  { env, cwd = '/', timeoutMs = 120_000, program = DSYNC, node = process.execPath }: CommandOptions,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [program, ...args], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, ...output });
    });
  });
}

/** Of a command that prints lines of JSON: what it says in the end. */
export function lastLine(stdout: string): string {
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}

/** @throws where the command failed, with all that it said */
export async function expectDone(args: readonly string[], ran: Promise<Ran>): Promise<string> {
  const { code, stdout, stderr } = await ran;
  if (code !== 0) throw new Error(`dsync ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}
