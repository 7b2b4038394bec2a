/**
 * Running programs, for the scripts here. No dependencies: they run before any is installed.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs in the checkout with this terminal's output; resolves with the exit code, 127 where there is no such program. */
export function run(command, args, { env = {}, stdin = 'ignore' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: [stdin, 'inherit', 'inherit'],
    });
    child.on('error', () => resolve(127));
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Runs in the checkout and keeps what it prints, so that several may run at once. */
export function capture(command, args) {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    delete env.FORCE_COLOR;
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const parts = [];
    child.stdout.on('data', (part) => parts.push(part));
    child.stderr.on('data', (part) => parts.push(part));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') }));
  });
}

/** The path of a program that a dependency installed. */
export function bin(name) {
  return `${ROOT}node_modules/.bin/${name}`;
}

/** What is going on; stdout is for results. */
export function say(text) {
  process.stderr.write(`dsync: ${text}\n`);
}

/** Node gives the arguments after the script; everything else here needs this version. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node.js 20.19 or later is needed; this is ${process.versions.node}. Get one from https://nodejs.org`);
  process.exit(1);
}
