/**
 * Running the programs of this installation as a user does.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { expectThat, type Trial } from './scenario.ts';
import type { ShResult } from './stage.ts';

type Program = 'dsync' | 'dlaunch' | 'switch-host';

export function programPath(program: Program): string {
  return `${dirname(realpathSync(process.argv[1] ?? ''))}/${program}.js`;
}

export function isInstalled(program: Program): boolean {
  return existsSync(programPath(program));
}

export function runProgram(
  program: Program,
  args: readonly string[],
  { env, cwd, signal }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly signal: AbortSignal },
): Promise<ShResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [programPath(program), ...args], {
      env,
      cwd,
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    child.once('close', (code) => resolve({ code: code ?? 255, ...output }));
  });
}

/** The stdout of a command that must succeed. */
export async function programDone(
  { signal, stage }: Trial,
  program: Program,
  args: readonly string[],
  { env = stage.env, cwd = stage.here.root }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, { env, cwd, signal });
  expectThat(code === 0, `${program} ${args.join(' ')} ended with ${code}: ${stderr.trim().split('\n')[0]}`);
  return stdout;
}

/** Whether the program knows a command, by its help. */
export async function knowsCommand(
  { stage, signal }: Trial,
  program: Program,
  words: readonly string[],
): Promise<boolean> {
  if (!isInstalled(program)) return false;
  const { stdout } = await runProgram(program, [...words, '--help'], { env: stage.env, cwd: '/', signal });
  return stdout.includes(`Usage: ${program} ${words.join(' ')}`);
}
