/**
 * Serves one control connection: requests in, replies and events out, until it ends.
 *
 * @module
 */
import type { Socket } from 'node:net';
import * as z from 'zod';
import { BUILD } from '../../platform/build.ts';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import { type AgentApi, type AgentEvent, type Method, methods } from './api.ts';
import { createLineSplitter } from './lines.ts';
import { errorToWire, type Reply } from './wire.ts';

/** Paths are the longest thing that a request holds. */
const MAX_REQUEST_BYTES = 1024 * 1024;
/** A reader this far behind with its events is gone, or hangs. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/**
 * What is asked for all the time is checked before it is sent, where the schemas are loaded: a command of the same build
 * need not load them, which would be a quarter of what it costs.
 */
const CHECKED_HERE: ReadonlySet<Method> = new Set(['status']);

const requestSchema = z.union([
  z.object({ id: z.int(), method: z.string(), params: z.unknown() }),
  z.object({ cancel: z.int() }),
]);

export interface ServeCallsOptions {
  /** Calls that come in while the agent still starts wait for it. */
  readonly api: AgentApi | Promise<AgentApi>;
  /** Asked to stop: called once the reply is out. */
  readonly onStop: () => void;
}

/** Resolves once the connection is closed; whatever still runs for it is aborted then. */
export function serveCalls(socket: Socket, { api, onStop }: ServeCallsOptions): Promise<void> {
  const splitter = createLineSplitter({ maxBytes: MAX_REQUEST_BYTES });
  const callById = new Map<number, AbortController>();

  function send(reply: Reply, then?: () => void): void {
    if (!socket.writable) return;
    if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy();
    else socket.write(`${JSON.stringify(reply)}\n`, then);
  }

  async function answer(id: number, method: string, params: unknown): Promise<void> {
    if (callById.has(id)) return send({ id, error: errorToWire(new DsyncError('BAD_INPUT', `Call ${id} still runs`)) });
    const call = new AbortController();
    callById.set(id, call);
    try {
      if (!isMethod(method)) {
        throw new DsyncError('UNSUPPORTED', `The agent has no method ${method}`, {
          cure: 'The agent may be of another version than this command: dsync restart',
        });
      }
      const emit = (event: AgentEvent): void => send({ id, event });
      const result = await callMethod(await api, { method, params, signal: call.signal, emit });
      if (BUILD !== undefined && CHECKED_HERE.has(method))
        send({ id, result: methods[method].result.parse(result), checkedBy: BUILD });
      else send({ id, result }, method === 'stop' ? onStop : undefined);
    } catch (error) {
      const aborted = call.signal.aborted;
      send({ id, error: errorToWire(aborted ? new DsyncError('CANCELLED', `${method} was cancelled`) : error) });
    } finally {
      callById.delete(id);
    }
  }

  function take(line: string): void {
    const request = parseRequest(line);
    if (request instanceof DsyncError) {
      send({ id: -1, error: errorToWire(request) });
      socket.end();
    } else if ('cancel' in request) callById.get(request.cancel)?.abort();
    else answers.add(answer(request.id, request.method, request.params));
  }

  const answers = createSet();
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      for (const line of splitter.push(chunk)) take(line);
      if (!splitter.overlong) return;
      const fault = new DsyncError('BAD_INPUT', `A request may have ${MAX_REQUEST_BYTES} bytes; this one has more`);
      send({ id: -1, error: errorToWire(fault) });
      socket.end();
      socket.removeAllListeners('data');
    });
    socket.on('close', () => {
      for (const call of callById.values()) call.abort();
      resolve(answers.settled());
    });
  });
}

async function callMethod(
  api: AgentApi,
  call: {
    readonly method: Method;
    readonly params: unknown;
    readonly signal: AbortSignal;
    readonly emit: (event: AgentEvent) => void;
  },
): Promise<unknown> {
  const { method, signal, emit } = call;
  const parse = <S extends z.ZodType>(schema: S): z.infer<S> => {
    const parsed = schema.safeParse(call.params ?? {});
    if (parsed.success) return parsed.data;
    throw new DsyncError('BAD_INPUT', `${method}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  };
  switch (method) {
    case 'events':
      parse(methods.events.params);
      await api.events(emit, { signal });
      return {};
    case 'stop':
      return parse(methods.stop.params);
    default:
      return callPlain(api, method, parse(methods[method].params), signal);
  }
}

type PlainMethod = Exclude<Method, 'events' | 'stop'>;

/** One method at a time, so that the compiler sees that its params are its own. */
function callPlain<M extends PlainMethod>(
  api: {
    readonly [K in M]: (
      params: z.infer<(typeof methods)[K]['params']>,
      context: { readonly signal: AbortSignal },
    ) => Promise<unknown>;
  },
  method: M,
  params: z.infer<(typeof methods)[M]['params']>,
  signal: AbortSignal,
): Promise<unknown> {
  return api[method](params, { signal });
}

function isMethod(text: string): text is Method {
  return Object.hasOwn(methods, text);
}

function parseRequest(line: string): z.infer<typeof requestSchema> | DsyncError {
  try {
    return requestSchema.parse(JSON.parse(line));
  } catch (error) {
    return new DsyncError('BAD_INPUT', `A line is no request: ${messageOf(error)}`, { cause: error });
  }
}

/** Promises that nobody awaits one by one. */
function createSet() {
  const running = new Set<Promise<void>>();
  return {
    add(promise: Promise<void>): void {
      running.add(promise);
      void promise.finally(() => running.delete(promise));
    },
    settled: async (): Promise<void> => {
      await Promise.allSettled(running);
    },
  };
}
