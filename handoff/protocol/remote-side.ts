/**
 * Another host as a side of a handoff: its dsync, called over one connection of the system's ssh.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { createLineSplitter } from '../../agent/control/lines.ts';
import { wireToError } from '../../agent/control/wire.ts';
import { DsyncError } from '../../platform/failure.ts';
import { GREETING, MAX_LINE_BYTES, replySchema } from './step-wire.ts';
import { type Side, type StepName, type StepResult, steps } from './steps.ts';

export interface Route {
  /** Our name for it. */
  readonly host: string;
  readonly destination: string;
  /** How dsync is called there. */
  readonly command: string;
}

export interface RemoteSide extends Side, AsyncDisposable {
  /** Arguments that make another ssh use this connection; none once it is over. */
  readonly sharing: readonly string[];
  /** Resolves once it is there, and answers. @throws {DsyncError} HOST_UNREACHABLE, UNSUPPORTED */
  ready(): Promise<void>;
}

/** Nobody can answer a question here. A host that goes silent is given up within a quarter of a minute. */
const SSH_OPTIONS = [
  ...['-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
  ...['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'],
];
const CLOSE_MS = 3000;
const KILL_AGAIN_MS = 500;
const NOT_FOUND = 127;
const UNKNOWN_COMMAND = 2;

interface Connection {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly greeted: Promise<void>;
  readonly calls: Map<number, { take(reply: z.infer<typeof replySchema>): void; fail(error: Error): void }>;
  over: boolean;
}

/** Connects when it is first used, and again after a connection broke. */
export function openRemoteSide(route: Route): RemoteSide {
  const folder = mkdtempSync(`${tmpdir()}/dsync-ssh-`);
  const socket = `${folder}/c`;
  let connection: Connection | undefined;
  let lastId = 0;

  function connect(): Connection {
    const { child, said } = spawnSsh(route, socket);
    let greet: () => void = () => {};
    let refuse: (error: Error) => void = () => {};
    const greeted = new Promise<void>((resolve, reject) => {
      greet = resolve;
      refuse = reject;
    });
    // It may fail while nobody waits for it.
    greeted.catch(() => {});
    const made: Connection = { child, greeted, calls: new Map(), over: false };
    const fail = (error: Error): void => {
      made.over = true;
      refuse(error);
      for (const call of made.calls.values()) call.fail(error);
      made.calls.clear();
    };
    const splitter = createLineSplitter({ maxBytes: MAX_LINE_BYTES });
    let isGreeted = false;
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) {
        if (!isGreeted) {
          isGreeted = line.trim() === GREETING;
          if (isGreeted) greet();
          continue;
        }
        const reply = parseReply(line);
        if (reply === undefined) endFirmly(child);
        else made.calls.get(reply.id)?.take(reply);
      }
      if (splitter.overlong) endFirmly(child);
    });
    child.stdin.on('error', () => {});
    child.once('error', (error) =>
      fail(new DsyncError('HOST_UNREACHABLE', `ssh could not be started: ${error.message}`, { cause: error })),
    );
    child.once('close', (code) => fail(endedWith(route, code, said())));
    return made;
  }

  const current = (): Connection => {
    if (connection === undefined || connection.over) connection = connect();
    return connection;
  };

  return {
    get sharing() {
      return connection === undefined || connection.over ? [] : ['-S', socket];
    },
    ready: () => current().greeted,
    async call(step, params, { signal }) {
      signal.throwIfAborted();
      const used = current();
      await used.greeted;
      const id = ++lastId;
      const result = await new Promise<unknown>((resolve, reject) => {
        const onAbort = (): void => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        const done = (): void => {
          used.calls.delete(id);
          signal.removeEventListener('abort', onAbort);
        };
        used.calls.set(id, {
          take(reply) {
            done();
            if ('error' in reply) reject(wireToError(reply.error));
            else resolve(reply.result);
          },
          fail(error) {
            done();
            reject(error);
          },
        });
        if (used.over) used.calls.get(id)?.fail(endedWith(route, null, ''));
        else used.child.stdin.write(`${JSON.stringify({ id, step, params })}\n`);
      });
      return parseResult(step, result, route.host);
    },
    async [Symbol.asyncDispose]() {
      const used = connection;
      if (used !== undefined && !used.over) {
        const closed = new Promise<void>((resolve) => used.child.once('close', () => resolve()));
        used.child.stdin.end();
        const timer = setTimeout(() => endFirmly(used.child), CLOSE_MS);
        await closed;
        clearTimeout(timer);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function spawnSsh({ destination, command }: Route, socket: string) {
  // What runs there inherits this connection; a session that is attached later goes through it as well.
  const shared = ['-o', 'ControlMaster=yes', '-o', `ControlPath=${socket}`, '-o', 'ControlPersist=no'];
  const child = spawn('ssh', [...SSH_OPTIONS, ...shared, '--', destination, `${command} handoff agent-step`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in the terminal is this program's matter: the other side has to be told to put things back.
    detached: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4096);
  });
  return { child, said: () => stderr };
}

/** Told once, OpenSSH 9.2 may miss it: a signal just before it polls is lost. */
function endFirmly(child: Connection['child']): void {
  child.kill();
  const again = setInterval(() => child.kill(), KILL_AGAIN_MS);
  child.once('close', () => clearInterval(again));
}

function endedWith({ host, destination }: Route, code: number | null, stderr: string): DsyncError {
  const [said = ''] = stderr.trim().split('\n').slice(-1);
  if (code === NOT_FOUND || (code === UNKNOWN_COMMAND && /handoff|agent-step|unknown command/.test(stderr))) {
    return new DsyncError('UNSUPPORTED', `The dsync on ${host} cannot take a session: ${said || 'it is too old'}`, {
      cure: `Bring it up to date: dsync host upgrade ${host}`,
    });
  }
  const why = said || (code === null ? 'the connection ended' : `ssh ended with ${code}`);
  return new DsyncError('HOST_UNREACHABLE', `Could not reach ${host} over ssh: ${why}`, {
    cure: `Check that \`ssh ${destination}\` works in this terminal.`,
  });
}

function parseReply(line: string): z.infer<typeof replySchema> | undefined {
  try {
    return replySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function parseResult<S extends StepName>(step: S, value: unknown, host: string): StepResult<S> {
  const schemas: { readonly [K in StepName]: { readonly result: z.ZodType<StepResult<K>> } } = steps;
  const parsed = schemas[step].result.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DsyncError(
    'PEER_INVALID',
    `What ${host} answered to ${step} is not understood: ${z.prettifyError(parsed.error)}`,
  );
}
