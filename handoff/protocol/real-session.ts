/**
 * The session of this host, as the protocol sees it.
 *
 * @module
 */
import { DsyncError, messageOf } from '../../platform/failure.ts';
import type { Home } from '../../platform/home.ts';
import type { RestorePlan, RestoreReport } from '../restore/plan-schema.ts';
import {
  captureSession,
  gatherFacts,
  loadSnapshot,
  packSnapshot,
  planRestore,
  quiesceSession,
  restoreSession,
  saveSnapshot,
  unpackSnapshot,
} from '../session.ts';
import type { Snapshot } from '../snapshot/schema.ts';
import { listSessionKeys, markSession } from './mark-session.ts';
import type { SessionPort, View } from './session-port.ts';

export interface RealSessionOptions {
  readonly home: Home;
  readonly hostId: string;
  /** Of the tmux server; the usual one if absent. */
  readonly socket?: string | undefined;
  readonly onProgress?: (text: string) => void;
}

export function createRealSession({ home, hostId, socket, onProgress }: RealSessionOptions): SessionPort {
  /** A snapshot that was taken here knows its server; one from elsewhere goes where the user's own is. */
  const socketOf = ({ source, producer }: Snapshot): string | undefined =>
    source.id === hostId && producer.mux.kind === 'tmux' ? producer.mux.socket : socket;

  async function planOf(
    snapshot: Snapshot,
    { size, map }: View,
    signal: AbortSignal,
    freed: readonly number[] = [],
  ): Promise<RestorePlan> {
    const own = socketOf(snapshot);
    const facts = await gatherFacts(snapshot, { home, signal, socket: own, terminal: size, pathMap: map });
    const busyPorts = facts.busyPorts.filter(({ port }) => !freed.includes(port));
    return planRestore(snapshot, { ...facts, busyPorts });
  }

  async function putUp(id: string, view: View, { signal }: { readonly signal: AbortSignal }): Promise<RestoreReport> {
    const snapshot = await loadSnapshot(home, id);
    const plan = await planOf(snapshot, view, signal);
    return restoreSession(plan, { home, signal, ...(onProgress && { onProgress }) });
  }

  /** What the sessions of a snapshot are called; all that there are if none is left. */
  async function namesLike(id: string): Promise<readonly string[] | undefined> {
    const keys = (await loadSnapshot(home, id)).mux.sessions.map(({ key }) => key);
    const names = (await listSessionKeys(socket)).filter(({ key }) => keys.includes(key)).map(({ name }) => name);
    return names.length === 0 ? undefined : names;
  }

  return {
    async capture({ sessions, like, trigger, signal }) {
      const names = sessions ?? (like === undefined ? undefined : await namesLike(like));
      const snapshot = await captureSession({ home, signal, socket, sessions: names, trigger });
      await saveSnapshot(home, snapshot);
      const packed = await packSnapshot(home, snapshot);
      return { snapshot, packed: Buffer.from(packed).toString('base64') };
    },
    async receive(packed) {
      await unpackSnapshot(home, Buffer.from(packed, 'base64'));
    },
    plan: (snapshot, view, { signal, freed }) => planOf(snapshot, view, signal, freed),
    async stop(id, { signal }) {
      const snapshot = await loadSnapshot(home, id);
      const { processes, left } = await quiesceSession(snapshot, { home, signal, socket: socketOf(snapshot) });
      if (left.length === 0) return processes.length;
      const names = left.map(({ where, command, pids }) => `${where} ${command} (pid ${pids.join(', ')})`).join('; ');
      throw new DsyncError('COMMAND_FAILED', `This does not end when it is asked to: ${names}`, {
        cure: 'End it by hand, then try again. What had been stopped runs again.',
      });
    },
    putUp,
    async mark({ sessionKey, snapshot: id }, elsewhere) {
      try {
        const snapshot = id === undefined ? undefined : await loadSnapshot(home, id);
        const keys = snapshot?.mux.sessions.map(({ key }) => key);
        await markSession({
          socket: snapshot === undefined ? socket : socketOf(snapshot),
          sessionKey,
          keys,
          elsewhere,
        });
      } catch (error) {
        // It only shows; who has the session does not depend on it.
        onProgress?.(`The session here could not be marked: ${messageOf(error)}`);
      }
    },
  };
}
