/**
 * Keeps a link to one host: dials, and dials again for ever, at once when this machine woke up or its network changed.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { HostRecord } from './config/hosts-file.ts';
import type { HostLink } from './host-link.ts';

export interface Dialed {
  readonly stream: Duplex;
  readonly transport: string;
  /** What the far end said on the side, for the error if it ends early. */
  readonly stderr: () => string;
  readonly close: () => void;
  /** Opens a stripe of the link whose greeting had that name for it; undefined where there is no way to. */
  readonly openStripe?: ((link: string) => Promise<Duplex>) | undefined;
}

/** Opens a stream to the agent on that host. */
export type Dial = (host: HostRecord, signal: AbortSignal) => Promise<Dialed>;

export interface Dialer {
  readonly host: HostRecord;
  readonly state: 'connected' | 'connecting' | 'offline' | 'paused';
  readonly error: { readonly code: string; readonly message: string; readonly cure: string } | undefined;
  /** Dials at once if it is waiting to. */
  nudge(): void;
  close(): Promise<void>;
}

export interface DialerOptions {
  readonly host: HostRecord;
  readonly dial: Dial;
  /** Greets, and takes the link over; rejects where it is not wanted. */
  readonly join: (dialed: Dialed) => Promise<HostLink>;
  /** A link to that host stands already, whoever opened it. */
  readonly linked: () => HostLink | undefined;
  readonly onState: () => void;
  readonly onFailure: (text: string, error: unknown) => void;
}

const FIRST_MS = 200;
const MAX_MS = 10_000;
const LOOK_MS = 2000;
const WOKE_MS = 3000;

export function createDialer({ host, dial, join, linked, onState, onFailure }: DialerOptions): Dialer {
  const closing = new AbortController();
  let state: Dialer['state'] = host.paused ? 'paused' : 'connecting';
  let error: Dialer['error'];
  let wake: () => void = () => undefined;
  let failures = 0;

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const fail = (cause: unknown, stderr: string) => {
    const said = stderr.trim().split('\n').at(-1);
    const message = said === undefined || said === '' ? messageOf(cause) : `${messageOf(cause)} (${said})`;
    const known = cause instanceof DsyncError ? cause : new DsyncError('HOST_UNREACHABLE', message);
    // The same failure again is no news.
    if (error?.message !== message) onFailure(`Could not link to ${host.name}`, cause);
    error = { code: known.code, message, cure: known.cure };
  };
  const once = async () => {
    let dialed: Dialed | undefined;
    try {
      dialed = await dial(host, closing.signal);
      const link = await join(dialed);
      if (closing.signal.aborted) link.close();
      failures = 0;
      error = undefined;
      state = 'connected';
      onState();
      const broke = await link.closed;
      if (broke !== undefined) fail(broke, '');
    } catch (cause) {
      failures++;
      if (!closing.signal.aborted) fail(cause, dialed?.stderr() ?? '');
    } finally {
      dialed?.close();
    }
  };
  const run = async () => {
    while (!closing.signal.aborted) {
      const standing = linked();
      if (standing === undefined) {
        state = 'connecting';
        onState();
        await once();
      } else {
        state = 'connected';
        onState();
        const gone = standing.closed.then(() => undefined);
        await Promise.race([
          gone,
          new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve(), { once: true })),
        ]);
      }
      if (closing.signal.aborted) return;
      state = 'offline';
      onState();
      const backOff = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 10));
      await sleep(backOff * (0.75 + Math.random() / 2));
    }
  };

  let wallAt = Date.now();
  let network = networkKey();
  const look = setInterval(() => {
    const now = Date.now();
    const slept = now - wallAt > LOOK_MS + WOKE_MS;
    wallAt = now;
    const key = networkKey();
    if (!slept && key === network) return;
    network = key;
    failures = 0;
    if (slept) linked()?.close(new DsyncError('HOST_UNREACHABLE', 'This machine slept'));
    wake();
  }, LOOK_MS);
  look.unref();
  const running = host.paused ? Promise.resolve() : run();

  return {
    host,
    get state() {
      return linked() === undefined || state === 'paused' ? state : 'connected';
    },
    get error() {
      return error;
    },
    nudge: () => wake(),
    async close() {
      closing.abort(new DsyncError('CANCELLED', 'The host was removed or the agent stops'));
      clearInterval(look);
      wake();
      await running;
    },
  };
}

function networkKey(): string {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .sort()
    .join();
}
