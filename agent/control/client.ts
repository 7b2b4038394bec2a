/**
 * Talks to the agent that runs on this host.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import type { z } from 'zod';
import type { AbsPath } from '../../platform/abs-path.ts';
import { BUILD } from '../../platform/build.ts';
import { DsyncError, errnoOf, messageOf } from '../../platform/failure.ts';
import type { AgentEvent, Method, Params, Result } from './api.ts';
import { createLineSplitter } from './lines.ts';
import { parseReply, type Reply, wireToError } from './wire.ts';

export interface CallOptions {
  /** Cancels the call in the agent too; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: AgentEvent) => void;
  /** Milliseconds until an agent that says nothing counts as hanging; no limit if absent. */
  readonly timeoutMs?: number;
}

export interface ControlClient extends AsyncDisposable {
  /** @throws {DsyncError} what the agent threw; AGENT_UNREACHABLE: it went away, or said nothing in time */
  call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>>;
  /** Resolves once the connection is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

/** @throws {DsyncError} AGENT_NOT_RUNNING, AGENT_UNREACHABLE */
export async function connectControl(home: { readonly socket: AbsPath }): Promise<ControlClient> {
  const socket = await connectSocket(home.socket);
  const splitter = createLineSplitter();
  const callById = new Map<number, { take(reply: Reply): void; fail(error: Error): void }>();
  let loading: Promise<typeof import('./api.ts')> | undefined;
  const loadSchemas = () => {
    loading ??= import('./api.ts');
    return loading;
  };
  let lastId = 0;
  const gone = (): DsyncError => new DsyncError('AGENT_UNREACHABLE', 'The agent ended the connection');

  socket.write('{"open":"control"}\n');
  socket.on('data', (chunk) => {
    for (const line of splitter.push(chunk)) {
      const reply = parseReply(line);
      if (reply === undefined) socket.destroy();
      else if (reply.id >= 0) callById.get(reply.id)?.take(reply);
      else if ('error' in reply) for (const call of callById.values()) call.fail(wireToError(reply.error));
    }
  });
  // Its close follows, and says all that there is to say.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      for (const call of callById.values()) call.fail(gone());
      resolve();
    });
  });

  function call<M extends Method>(method: M, params: Params<M>, options: CallOptions = {}): Promise<Result<M>> {
    const { signal, onEvent, timeoutMs } = options;
    const id = ++lastId;
    let timer: NodeJS.Timeout | undefined;
    let onAbort = (): void => {};
    return new Promise<Extract<Reply, { readonly result: unknown }>>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!socket.writable) return reject(gone());
      onAbort = () => {
        socket.write(`${JSON.stringify({ cancel: id })}\n`);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (timeoutMs !== undefined) {
        const silent = new DsyncError(
          'AGENT_UNREACHABLE',
          `The agent did not answer ${method} within ${timeoutMs / 1000} s`,
        );
        timer = setTimeout(() => reject(silent), timeoutMs);
      }
      callById.set(id, {
        fail: reject,
        take(reply) {
          if ('event' in reply)
            loadSchemas()
              .then(({ methods }) => onEvent?.(parse(methods.events.event, reply.event)))
              .catch(reject);
          else if ('error' in reply) reject(wireToError(reply.error));
          else resolve(reply);
        },
      });
      socket.write(`${JSON.stringify({ id, method, params })}\n`);
      // While the agent works on its answer.
      if (method !== 'status') loadSchemas().catch(() => undefined);
    })
      .finally(() => {
        callById.delete(id);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      })
      .then(async ({ result, checkedBy }) => {
        // An agent of this very build, behind a socket of this user's alone, has checked it by the same schemas.
        if (BUILD !== undefined && checkedBy === BUILD) return result as Result<M>;
        const { methods } = await loadSchemas();
        const schemaByMethod: { readonly [K in Method]: { readonly result: z.ZodType<Result<K>> } } = methods;
        return parse(schemaByMethod[method].result, result);
      });
  }

  const close = (): void => {
    socket.destroy();
  };
  return {
    call,
    closed,
    close,
    async [Symbol.asyncDispose]() {
      close();
      await closed;
    },
  };
}

/**
 * A connection to the agent's socket, nothing said yet.
 *
 * @throws {DsyncError} AGENT_NOT_RUNNING, AGENT_UNREACHABLE
 */
export function connectSocket(path: AbsPath): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const onError = (error: Error): void => {
      const code = errnoOf(error);
      const isDead = code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK';
      reject(
        isDead
          ? new DsyncError('AGENT_NOT_RUNNING', 'The agent is not running on this host', { cause: error })
          : new DsyncError('AGENT_UNREACHABLE', `Could not reach the agent at ${path}: ${messageOf(error)}`, {
              cause: error,
            }),
      );
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DsyncError('AGENT_UNREACHABLE', `The agent's answer is not understood: ${parsed.error.message}`, {
    cause: parsed.error,
    cure: 'The agent may be of another version than this command: dsync restart',
  });
}
