/**
 * The least that any such tool can take on this machine: inotify, TCP over loopback, a temporary file and a rename, in
 * two small processes of the same runtime.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startProxy } from '../../test/harness/proxy.ts';
import { createScratch } from '../../test/harness/scratch.ts';

/** So that the programs run as they stand, without a build. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Limit extends AsyncDisposable {
  /** A save here … */
  readonly from: string;
  /** … appears there. */
  readonly to: string;
}

export async function startLimit({ rttMs = 0 } = {}): Promise<Limit> {
  const scratch = createScratch('limit');
  const [from, to] = [join(scratch.path, 'from'), join(scratch.path, 'to')];
  for (const folder of [from, to]) mkdirSync(folder);
  const receiver = run('receiver.ts', to);
  const targetPort = Number(await firstLine(receiver));
  const proxy = rttMs === 0 ? undefined : await startProxy({ targetPort, rttMs });
  const sender = run('sender.ts', from, String(proxy?.port ?? targetPort));
  await firstLine(sender);
  return {
    from,
    to,
    async [Symbol.asyncDispose]() {
      for (const child of [sender, receiver]) child.kill('SIGKILL');
      await proxy?.[Symbol.asyncDispose]();
      scratch[Symbol.dispose]();
    },
  };
}

function run(program: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  return spawn(process.execPath, ['--import', TSX, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('exit', (code) => reject(new Error(`A part of the limit ended with ${code}`)));
  });
}
