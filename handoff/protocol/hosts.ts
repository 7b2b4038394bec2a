/**
 * The other hosts that this one can ask, each over one connection for as long as this is open.
 *
 * @module
 */
import { DsyncError } from '../../platform/failure.ts';
import { expectAgent, type ThisHost } from './host-steps.ts';
import { openRemoteSide, type RemoteSide } from './remote-side.ts';
import type { Side } from './steps.ts';

export interface OtherHosts extends AsyncDisposable {
  /** By our name for it. @throws {DsyncError} HOST_UNKNOWN, AGENT_NOT_RUNNING */
  side(name: string): Promise<{ readonly side: RemoteSide; readonly destination: string }>;
  /** For what was cut off: undefined where there is no such host here, it is not linked, or it is another by that name. */
  reach(host: { readonly id: string; readonly name: string }): Promise<Side | undefined>;
}

export function openOtherHosts({ agent }: Pick<ThisHost, 'agent'>): OtherHosts {
  const opened = new Map<string, { readonly side: RemoteSide; readonly destination: string }>();
  return {
    async side(name) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const { destination, command } = await expectAgent(agent).call('route', { host: name });
      const made = { side: openRemoteSide({ host: name, destination, command }), destination };
      opened.set(name, made);
      return made;
    },
    async reach({ id, name }) {
      const status = await agent?.call('status', {});
      if (!status?.hosts.some((host) => host.name === name && host.state === 'connected')) return undefined;
      try {
        const { side } = await this.side(name);
        const { hostId } = await side.call('facts', {}, { signal: new AbortController().signal });
        return hostId === id ? side : undefined;
      } catch (error) {
        if (error instanceof DsyncError && (error.code === 'HOST_UNKNOWN' || error.code === 'HOST_UNREACHABLE'))
          return undefined;
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...opened.values()].map(({ side }) => side[Symbol.asyncDispose]()));
    },
  };
}
