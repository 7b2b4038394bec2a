/**
 * Trees to measure with: alike on every run, incompressible, written by a process of their own where this one measures.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRandom } from '../test/harness/random.ts';

export interface TreeShape {
  readonly files: number;
  readonly folders: number;
  readonly bytesPerFile: number;
}

/** Files go round the folders, `d0/f0`, `d1/f1` and on. */
export function writeFiles(root: string, { files, folders, bytesPerFile }: TreeShape): void {
  const content = noise(bytesPerFile);
  for (let i = 0; i < folders; i++) mkdirSync(join(root, folderOf(i)), { recursive: true });
  for (let i = 0; i < files; i++) {
    content.writeUInt32LE(i, 0);
    writeFileSync(join(root, folderOf(i % folders), `f${i}`), content);
  }
}

/** Writes the same in another process; resolves with the time of the last write, by this machine's monotonic clock. */
export function writeFilesApart(root: string, shape: TreeShape): Promise<bigint> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const program = fileURLToPath(new URL('write-files.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', tsx, program, root, JSON.stringify(shape)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (text) => {
      printed += text;
    });
    child.once('close', (code) => (code === 0 ? resolve(BigInt(printed)) : reject(new Error(`Writing: ${code}`))));
  });
}

export function countFiles(root: string, { folders }: TreeShape): number {
  let count = 0;
  for (let i = 0; i < folders; i++) {
    try {
      count += readdirSync(join(root, folderOf(i))).length;
    } catch {
      // Not there yet.
    }
  }
  return count;
}

/** @throws where a file is not exactly what {@link writeFiles} wrote */
export function checkFiles(root: string, { files, folders, bytesPerFile }: TreeShape): void {
  const content = noise(bytesPerFile);
  for (let i = 0; i < files; i++) {
    content.writeUInt32LE(i, 0);
    const path = join(root, folderOf(i % folders), `f${i}`);
    if (!readFileSync(path).equals(content)) throw new Error(`${path} is not what was written`);
  }
}

function folderOf(i: number): string {
  return `g${i % 40}/d${i}`;
}

function noise(sizeBytes: number): Buffer {
  const random = createRandom(1);
  return Buffer.from(Uint8Array.from({ length: sizeBytes }, () => random.int(256)));
}
