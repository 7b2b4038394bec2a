/**
 * A stream to the agent on a paired host: by its device key, to the address where it was met.
 *
 * @module
 */
import type { Duplex } from 'node:stream';
import { type AbsPath, childPath } from '../../platform/abs-path.ts';
import { DsyncError } from '../../platform/failure.ts';
import { loaded } from '../../platform/loaded.ts';
import { stripeOpening } from '../link/bridge-announcement.ts';
import { LINK_SUBSYSTEM, STRIPE_SUBSYSTEM } from './config/edit-pairs.ts';
import type { Dial } from './dialer.ts';

/** The name that is logged in with; the key alone says who it is. */
export const PAIRED_USER = 'dsync';

/** Dials paired hosts by their keys, and all others as `dialOthers` does. */
export function createPairedDial(state: AbsPath, dialOthers: Dial): Dial {
  return async (host, signal) => {
    const { name, paired } = host;
    if (paired === undefined) return await dialOthers(host, signal);
    if (paired.revoked) throw new DsyncError('NOT_TRUSTED', `The key of ${name} was revoked`, { cure: PAIR_AGAIN });
    const { address, port } = paired;
    if (address === undefined || port === undefined) {
      throw new DsyncError('HOST_UNREACHABLE', `${name} opens the link itself, and has not done so`, {
        cure: `Start the agent there: dsync start`,
      });
    }
    try {
      const { connectDirect } = await loaded(import('../link/connect.ts'));
      const { loadDeviceKey, publicKeyFingerprint } = await loaded(import('../link/device-key.ts'));
      const session = await connectDirect({
        host: address,
        port,
        username: PAIRED_USER,
        privateKey: loadDeviceKey(childPath(state, 'key')).privateKey,
        hostKey: publicKeyFingerprint(paired.key),
        signal,
      });
      try {
        const stream = await session.subsystem(LINK_SUBSYSTEM);
        const openStripe = async (link: string): Promise<Duplex> => {
          const stripe = await session.subsystem(STRIPE_SUBSYSTEM);
          stripe.write(stripeOpening(link));
          return stripe;
        };
        return { stream, stderr: () => '', transport: 'paired', close: session.close, openStripe };
      } catch (error) {
        session.close();
        throw error;
      }
    } catch (error) {
      if (!(error instanceof DsyncError)) throw error;
      if (error.code === 'HOST_UNREACHABLE') {
        const cure = `Start the agent on ${name} (dsync start), and check that ${address} port ${port} can be reached.`;
        throw new DsyncError(error.code, error.message, { cause: error, cure });
      }
      if (error.code !== 'SSH_AUTH') throw error;
      throw new DsyncError('SSH_AUTH', `${name} does not accept this host’s key any more`, {
        cause: error,
        cure: PAIR_AGAIN,
      });
    }
  };
}

const PAIR_AGAIN = 'Pair the two anew: dsync pair --listen there, then here dsync pair ADDRESS:PORT';
